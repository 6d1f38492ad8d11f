import { lockDoors, tomorrow } from '../support/api.ts';
import { expect, test } from '../support/app.ts';
import { jobListReady } from '../support/jobs.ts';

/** More than the first page has of scheduled jobs. */
const SCHEDULED = 12;
const FINISHED = 45;

// A server of its own: the other stories' lists stay short.
test.use({ simulatedDevices: 4 });

test('All jobs begin with some of each group, and each group says how many it has', async ({ page, api }) => {
  const finished = Array.from({ length: FINISHED }, () => api.createJob(lockDoors({ queryCondition: "deviceId = 'nobody'" })));
  for (const { jobId } of await Promise.all(finished)) await api.finished(jobId);
  const scheduled = Array.from({ length: SCHEDULED }, () => api.createJob(lockDoors({ startTime: tomorrow() })));
  await Promise.all(scheduled);
  await page.goto('/jobs');
  await jobListReady(page);
  const group = (name: string) => page.getByRole('rowheader', { name });
  await expect(group(`Scheduled 10 of ${SCHEDULED} jobs`)).toBeVisible();
  await expect(group(`Finished 40 of ${FINISHED} jobs`)).toBeVisible();

  await page.getByRole('link', { name: 'Older jobs' }).click();
  await expect(group(`Finished 5 of ${FINISHED} jobs`)).toBeVisible();
  await expect(group('Scheduled')).toHaveCount(0);
  await page.goBack();

  await page.getByRole('link', { name: `Show all ${SCHEDULED}` }).click();
  await expect(page).toHaveURL('/jobs?tab=scheduled');
  await expect(page.getByRole('main').getByRole('rowheader')).toHaveCount(SCHEDULED);

  await page.goto(`/jobs?action=lock`);
  await expect(group(`Finished 40 of ${FINISHED} jobs`), 'a filtered list counts what it holds').toBeVisible();
  await page.goto('/jobs?device=door-0001');
  await expect(page.getByRole('heading', { name: 'No job addressed door-0001.' })).toBeVisible();
});
