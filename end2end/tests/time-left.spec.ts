import { lockDoors } from '../support/api.ts';
import { expect, test } from '../support/app.ts';
import { jobPageReady } from '../support/jobs.ts';

test('While the last devices are silent, the time left is their timeout, also after a reload', async ({ page, api }) => {
  await api.removeFaults();
  await api.simulate({ silentShare: 1 });
  const method = { methodName: 'lockDoor', responseTimeoutInSeconds: 200 };
  const { jobId } = await api.createJob(lockDoors({ cloudToDeviceMethod: method, maxExecutionTimeInSeconds: 600 }));
  await api.jobWhen(jobId, 'waits for every device', (job) => job.outcomes.inFlight > 0 && job.outcomes.queued === 0);
  const figure = page.locator('.figure').filter({ hasText: 'Time left' });
  for (const _ of ['first', 'reloaded']) {
    await page.goto(`/jobs/${jobId}`);
    await jobPageReady(page);
    await expect(figure).toContainText(/up to\s+(3 min( \d+ s)?|2 min \d+ s)/);
    await expect(figure).toContainText('response timeout');
  }
});
