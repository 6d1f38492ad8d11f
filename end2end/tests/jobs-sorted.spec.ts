import { lockDoors, tomorrow } from '../support/api.ts';
import { expect, test } from '../support/app.ts';
import { jobLink, jobListReady } from '../support/jobs.ts';

test('I sort the list by name', async ({ page, api }) => {
  const names = ['Night clean', 'evening lock-up', 'Setpoint trial'];
  const jobs = await Promise.all(names.map((name) => api.createJob(lockDoors({ name, reason: 'sorted', startTime: tomorrow() }))));
  await page.goto('/jobs');
  await jobListReady(page);
  await page.getByRole('columnheader', { name: 'Job', exact: true }).getByRole('link').click();
  await expect(page).toHaveURL('/jobs?sort=name');
  await expect(page.getByRole('columnheader', { name: 'Job', exact: true })).toHaveAttribute('aria-sort', 'ascending');
  const [night, evening] = [jobs[0]?.jobId ?? 'none', jobs[1]?.jobId ?? 'none'];
  await expect(jobLink(page, evening)).toBeVisible();
  const top = async (jobId: string) => (await jobLink(page, jobId).boundingBox())?.y ?? 0;
  await page.goto('/jobs?sort=name&tab=scheduled&q=-');
  await expect(jobLink(page, night)).toBeVisible();
  expect(await top(evening)).toBeLessThan(await top(night));
});
