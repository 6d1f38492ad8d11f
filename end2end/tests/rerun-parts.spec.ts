import { type Locator } from '@playwright/test';
import { lockDoors, type Outcome } from '../support/api.ts';
import { expect, test } from '../support/app.ts';
import { expectJobPage, jobPageReady } from '../support/jobs.ts';

const DEVICES = 50;

test('I run any part of a job again, on exactly its devices', async ({ page, api }) => {
  await api.connected(DEVICES);
  await api.simulate({ errorShare: 0.2, silentShare: 0.2, offlineShare: 0.2, seed: 7 });
  await expect.poll(async () => (await api.simulator()).connected, { message: 'some devices are offline' }).toBeLessThan(DEVICES - 3);
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
      await expectJobPage(page, jobId);
    });
  }
  await expect(page.getByText('Reruns: ').first()).toBeVisible();
});

test('The buttons that rerun a job have complete borders, alone and in a group', async ({ page, api }) => {
  const borders = (button: Locator) =>
    button.evaluate((element) => {
      const style = getComputedStyle(element);
      return [style.borderLeftColor, style.borderTopLeftRadius, style.borderTopRightRadius];
    });
  const menu = page.getByLabel('Rerun another part');
  const other = page.getByText('Export', { exact: true });

  const allDid = await api.createJob(lockDoors());
  expect((await api.finished(allDid.jobId)).outcomes.succeeded).toBe(DEVICES);
  await page.goto(`/jobs/${allDid.jobId}`);
  await jobPageReady(page);
  expect(await borders(menu), 'a single button looks like any other').toEqual(await borders(other));

  await api.simulate({ errorShare: 0.5, seed: 7 });
  const someDid = await api.createJob(lockDoors());
  await api.finished(someDid.jobId);
  await page.goto(`/jobs/${someDid.jobId}`);
  await jobPageReady(page);
  const [, round] = await borders(other);
  const first = page.getByRole('button', { name: /that did not succeed$/ });
  expect((await borders(first)).slice(1), 'the first is rounded on the left').toEqual([round, '0px']);
  expect((await borders(menu)).slice(1), 'the last on the right').toEqual(['0px', round]);
});
