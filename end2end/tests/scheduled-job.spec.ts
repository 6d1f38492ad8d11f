import { lockDoors, tomorrow } from '../support/api.ts';
import { expect, test } from '../support/app.ts';
import { jobPageReady } from '../support/jobs.ts';

test('A scheduled job shows when it starts, in how long, and whom it would reach now', async ({ page, api, simulatedDevices }) => {
  await api.simulate({ offlineShare: 0 });
  await api.connected(simulatedDevices);
  const { jobId } = await api.createJob(lockDoors({ startTime: tomorrow() }));
  await api.jobWhen(jobId, 'is scheduled', (job) => job.status === 'scheduled');
  await page.goto(`/jobs/${jobId}`);
  await jobPageReady(page);
  const plan = page.getByRole('region', { name: 'Plan' });
  const figure = (name: string) => plan.locator('.figure').filter({ hasText: name });
  await expect(figure('Starts').first()).toContainText(/\d\d:\d\d:\d\d.*\d+ \w{3} \d{4}, \d\d:\d\d:\d\d UTC/);
  await expect(figure('Starts in')).toContainText(/2[34] h/);
  await expect(figure('Would reach now')).toContainText(`${simulatedDevices} devices`);
  await expect(figure('Would reach now')).toContainText(/connected, counted (now|\d+ s ago)/);
  await expect(figure('Time limit')).toContainText('5 min');
  await expect(page.getByRole('list', { name: 'Filter devices by state' }), 'no wall of zeros').toBeHidden();
});
