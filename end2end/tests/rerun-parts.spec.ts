import { lockDoors, type Outcome } from '../support/api.ts';
import { expect, test } from '../support/app.ts';
import { jobPageReady } from '../support/jobs.ts';

const DOORS = 50;

test('Every part of a job can be run again, on exactly its devices', async ({ page, api }) => {
  await api.connected(DOORS);
  await api.simulate({ errorShare: 0.2, silentShare: 0.2, offlineShare: 0.2, seed: 7 });
  await expect.poll(async () => (await api.simulator()).connected, { message: 'some doors are away' }).toBeLessThan(DOORS - 3);
  const { jobId } = await api.createJob(
    lockDoors({ cloudToDeviceMethod: { methodName: 'lockDoor', responseTimeoutInSeconds: 5 } }),
  );
  await api.finished(jobId);
  const results = await api.results(jobId);
  const of = (...outcomes: Outcome[]) =>
    results.filter(({ outcome }) => outcomes.includes(outcome)).map(({ deviceId }) => deviceId).sort();
  await api.simulate({ errorShare: 0, silentShare: 0, offlineShare: 0 });
  await page.goto(`/jobs/${jobId}`);
  const menu = page.getByRole('list').filter({ hasText: 'A rerun is a new job' });
  const open = async () => {
    await jobPageReady(page);
    await page.getByLabel('Rerun another part').click();
  };

  await open();
  for (const [name, why] of [
    ['Interrupted', '0, none were'],
    ['Cancelled', '0, none were'],
    ['Not started', '0, all were sent'],
  ] as const) {
    const part = menu.getByRole('listitem').filter({ hasText: name });
    await expect(part, 'a part without devices says why').toContainText(why);
    await expect(part.getByRole('button'), 'and cannot be pressed').toHaveCount(0);
  }
  await page.keyboard.press('Escape');

  for (const [name, devices] of [
    ['Failed', of('failed')],
    ['Timed out', of('timedOut')],
    ['Not online', of('notOnline')],
    ['All that did not succeed', of('failed', 'timedOut', 'notOnline')],
    ['Succeeded', of('succeeded')],
    ['All devices', of('succeeded', 'failed', 'timedOut', 'notOnline')],
  ] as const) {
    await test.step(name, async () => {
      expect(devices.length, 'the job has such devices').toBeGreaterThan(0);
      await open();
      await menu.getByRole('button', { name: `${name} ${devices.length}` }).click();
      await page.waitForURL((url) => !url.pathname.endsWith(`/${jobId}`));
      const rerun = decodeURIComponent(new URL(page.url()).pathname.split('/').pop() ?? '');
      await expect
        .poll(async () => (await api.results(rerun)).map(({ deviceId }) => deviceId).sort(), { message: `devices of ${rerun}` })
        .toEqual(devices);
      await page.getByRole('main').getByRole('link', { name: jobId }).click();
      await expect(page.getByRole('heading', { level: 1, name: jobId })).toBeVisible();
    });
  }
  await expect(page.getByText('Run again as')).toBeVisible();
});
