import { lockDoors } from '../support/api.ts';
import { expect, test } from '../support/app.ts';
import { jobListReady, jobPageReady } from '../support/jobs.ts';

test('I see that a job takes longer than its like usually do', async ({ page, api }) => {
  // Another wait and another payload: still the same work on the same doors.
  const lock = (responseTimeoutInSeconds: number) =>
    lockDoors({
      cloudToDeviceMethod: { methodName: 'lockDoor', responseTimeoutInSeconds, payload: { responseTimeoutInSeconds } },
      queryCondition: "deviceId != 'nobody'",
    });
  const figure = (name: string) => page.locator('.figure').filter({ hasText: name });
  const row = (jobId: string) => page.getByRole('row').filter({ hasText: jobId });

  let last = '';
  for (const _ of [1, 2, 3, 4]) last = (await api.finished((await api.createJob(lock(30))).jobId)).jobId;
  await page.goto(`/jobs/${last}`);
  await expect(figure('Took')).toContainText(/usually \d.* (m?s|min)/);
  await expect(figure('Took'), 'what is over is not late').not.toContainText('longer now');

  await api.simulate({ silentShare: 1 });
  const slow = await api.createJob(lock(200));
  await page.goto(`/jobs/${slow.jobId}`);
  await jobPageReady(page);
  await expect(figure('Elapsed')).toContainText('usually');
  await expect(figure('Elapsed'), 'once it is past that').toContainText('longer now', { timeout: 30_000 });

  await page.goto('/jobs');
  await jobListReady(page);
  await expect(row(slow.jobId)).toContainText('usually');
});
