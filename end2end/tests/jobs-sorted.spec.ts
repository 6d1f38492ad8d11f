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

test('On a phone I choose the order of the list in a menu', async ({ page, api }) => {
  const jobs = await Promise.all(
    ['Zebra crossing', 'aardvark doors'].map((name) => api.createJob(lockDoors({ name, startTime: tomorrow() }))),
  );
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto('/jobs?tab=scheduled');
  await jobListReady(page);
  const order = page.getByText('Sort by', { exact: true });
  await order.click();
  await page.getByRole('link', { name: 'Name, A to Z' }).click();
  await expect(page).toHaveURL('/jobs?tab=scheduled&sort=name');
  const [zebra, aardvark] = [jobs[0]?.jobId ?? 'none', jobs[1]?.jobId ?? 'none'];
  const top = async (jobId: string) => (await jobLink(page, jobId).boundingBox())?.y ?? 0;
  await expect.poll(async () => (await top(zebra)) - (await top(aardvark)), { message: 'Z is below A' }).toBeGreaterThan(0);
  await order.click();
  await expect(page.getByRole('link', { name: 'Name, A to Z' })).toHaveAttribute('aria-current', 'true');
  await page.getByRole('link', { name: 'In groups' }).click();
  await expect(page).toHaveURL('/jobs?tab=scheduled');

  await page.setViewportSize({ width: 1024, height: 844 });
  await expect(order, 'the heads of the columns sort').toBeHidden();
});
