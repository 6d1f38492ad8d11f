import { lockDoors } from '../support/api.ts';
import { expect, test } from '../support/app.ts';
import { jobListReady } from '../support/jobs.ts';

test('I go Back several times while the list of jobs is loading', async ({ page, api }) => {
  const { jobId } = await api.createJob(lockDoors());
  await api.finished(jobId);
  await page.goto('/jobs');
  await jobListReady(page);
  const field = page.getByRole('combobox', { name: 'Add a filter' });
  for (const [key, value] of [['status', 'completed'], ['action', 'lock'], ['since', '24h'], ['target', 'nobody']] as const) {
    await field.fill(`${key}=${value}`);
    await field.press('Enter');
    await expect(page.getByRole('link', { name: `Remove ${key} ${value}` })).toBeVisible();
  }
  await page.reload();
  await jobListReady(page);
  for (let step = 0; step < 4; step += 1) await page.goBack();
  await expect(page).toHaveURL('/jobs');
  await expect(page.getByRole('row').filter({ hasText: jobId })).toBeVisible();
  await field.fill('status=completed');
  await field.press('Enter');
  await expect(page, 'the page still works').toHaveURL(/status=completed/);
});
