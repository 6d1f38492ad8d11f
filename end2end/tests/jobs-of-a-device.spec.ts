import { lockDoors } from '../support/api.ts';
import { expect, test } from '../support/app.ts';
import { jobLink, jobListReady } from '../support/jobs.ts';

test('From a device I get to the jobs that addressed it', async ({ page, api }) => {
  const one = await api.createJob(lockDoors({ queryCondition: "deviceId = 'door-0001'" }));
  const two = await api.createJob(lockDoors({ queryCondition: "deviceId = 'door-0002'" }));
  for (const { jobId } of [one, two]) await api.finished(jobId);
  await page.goto('/devices/door-0001');
  await page.locator('a[href="/jobs?device=door-0001"]').click();
  await expect(page).toHaveURL('/jobs?device=door-0001');
  await jobListReady(page);
  await expect(jobLink(page, one.jobId)).toBeVisible();
  await expect(jobLink(page, two.jobId)).toHaveCount(0);

  const filters = page.getByRole('list', { name: 'Active filters' });
  await expect(filters.getByRole('listitem')).toHaveText(/device=\s*door-0001/);
  await filters.getByRole('link', { name: 'Remove device door-0001' }).click();
  await expect(jobLink(page, two.jobId)).toBeVisible();

  await page.goto('/jobs?device=nobody');
  await expect(page.getByRole('heading', { name: 'No job addressed nobody.' })).toBeVisible();
});
