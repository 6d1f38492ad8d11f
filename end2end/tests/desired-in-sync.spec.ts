import { EVERY_DEVICE } from '../support/api.ts';
import { expect, test } from '../support/app.ts';
import { jobPageReady } from '../support/jobs.ts';

// Another size than the other stories', and so a server of its own: its devices go offline.
const DEVICES = 12;
test.use({ simulatedDevices: DEVICES });

test('I see how many devices have taken over desired properties after their twins were written', async ({ page, api }) => {
  await api.removeFaults();
  await api.connected(DEVICES);
  await api.simulate({ offlineShare: 0.5, seed: 7 });
  const offline = async () => (await api.devices("connectionState = 'Disconnected'")).length;
  await expect.poll(offline, { message: 'offline devices', timeout: 45_000 }).toBeGreaterThan(0);
  const { jobId } = await api.createJob({
    type: 'scheduleUpdateTwin',
    queryCondition: EVERY_DEVICE,
    updateTwin: { properties: { desired: { mode: `night-${Date.now()}` } } },
  });
  await api.finished(jobId);
  await page.goto(`/jobs/${jobId}`);
  await jobPageReady(page);
  const figure = (name: string) => page.getByRole('region', { name: 'Result' }).locator('.figure').filter({ hasText: name });
  await expect(figure('Succeeded')).toContainText('all twins written');
  await expect(figure('In sync')).toContainText(/\d+ of 12/);
  await expect(figure('In sync'), 'offline devices cannot have it').toContainText(/[1-9]\d* not connected/, { timeout: 30_000 });
  await expect(figure('In sync')).toContainText(/counted (now|\d+ s ago)/);
  await expect(page.getByRole('heading', { name: /^Round trip/ }), 'writing a twin is no round trip').toHaveCount(0);

  await api.simulate({ offlineShare: 0 });
  await expect(figure('In sync'), 'they get it when they connect').toContainText('12 of 12', { timeout: 60_000 });
  await expect(figure('In sync')).toContainText('all report the new values');
});
