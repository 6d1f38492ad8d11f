import { lockDoors } from '../support/api.ts';
import { expect, test } from '../support/app.ts';
import { jobListReady, jobPageReady } from '../support/jobs.ts';
import { expectRow, jobTable } from '../support/table.ts';

test('I see that a job takes longer than its typical duration', async ({ page, api }) => {
  // Another timeout and another payload: still the same method on the same devices.
  const lock = (responseTimeoutInSeconds: number) =>
    lockDoors({
      cloudToDeviceMethod: { methodName: 'lockDoor', responseTimeoutInSeconds, payload: { responseTimeoutInSeconds } },
      queryCondition: "deviceId != 'nobody'",
    });
  const figure = (name: string) => page.locator('.figure').filter({ hasText: name });

  let last = '';
  for (const _ of [1, 2, 3, 4]) last = (await api.finished((await api.createJob(lock(30))).jobId)).jobId;
  await page.goto(`/jobs/${last}`);
  await expect(figure('Duration')).toContainText(/usually \d.* (m?s|min)/);
  await expect(figure('Duration'), 'an ended job is not late').not.toContainText('over');

  await api.simulate({ silentShare: 1 });
  const slow = await api.createJob(lock(200));
  await page.goto(`/jobs/${slow.jobId}`);
  await jobPageReady(page);
  await expect(figure('Elapsed'), 'once it is past that').toContainText(/over the usual \d/, { timeout: 30_000 });

  await page.goto('/jobs');
  await jobListReady(page);
  await expectRow(jobTable(page), { Job: slow.jobId, Duration: 'usually' });
});
