import { lockDoors, tomorrow } from '../support/api.ts';
import { expect, test } from '../support/app.ts';
import { cancelDialog, jobListReady } from '../support/jobs.ts';
import { expectRow, jobTable } from '../support/table.ts';

test('Filters survive reload and Back, and can be removed one by one', async ({ page, api }) => {
  const locked = await api.createJob(lockDoors());
  await api.finished(locked.jobId);
  const unlocked = await api.createJob(lockDoors({ cloudToDeviceMethod: { methodName: 'unlockDoor' } }));
  await api.finished(unlocked.jobId);
  const row = (jobId: string) => page.getByRole('row').filter({ has: page.getByRole('link', { name: jobId }) });

  await page.goto('/jobs');
  await jobListReady(page);
  await expect(row(locked.jobId)).toBeVisible();
  const field = page.getByRole('combobox', { name: 'Add a filter' });
  await field.fill('status=completed action=unlock since=7d door');
  await field.press('Enter');
  await expect(page).toHaveURL('/jobs?since=7d&status=completed&action=unlock&q=door');
  await expect(row(unlocked.jobId)).toBeVisible();
  await expect(row(locked.jobId)).toHaveCount(0);
  const filters = page.getByRole('list', { name: 'Active filters' });
  await expect(filters.getByRole('listitem')).toHaveCount(3);

  await page.reload();
  await jobListReady(page);
  await expect(row(unlocked.jobId)).toBeVisible();
  await expect(row(locked.jobId)).toHaveCount(0);
  await filters.getByRole('link', { name: 'Remove action unlock' }).click();
  await expect(row(locked.jobId)).toBeVisible();
  await page.goBack();
  await expect(row(locked.jobId)).toHaveCount(0);
  await expect(field).toHaveValue('door');

  await page.getByRole('link', { name: 'Clear all filters' }).click();
  await expect(page).toHaveURL('/jobs');
  await expect(row(locked.jobId)).toBeVisible();
});

test('An empty list says why, and which filter to remove', async ({ page, api }) => {
  const { jobId } = await api.createJob(lockDoors());
  await api.finished(jobId);
  await page.goto('/jobs?since=30d&longer=2h');
  await expect(page.getByRole('heading', { name: 'No job in the last 30 days took longer than 2 h.' })).toBeVisible();
  await expect(page.getByRole('main')).toContainText('The longest was');
  await page.getByRole('link', { name: 'Remove longer=2h' }).click();
  await expect(page.getByRole('row').filter({ hasText: jobId })).toBeVisible();

  await page.goto('/jobs?status=colourful');
  await expect(page.getByRole('status').filter({ hasText: 'Unknown filter status=colourful, ignored.' })).toBeVisible();
  await expect(page.getByRole('row').filter({ hasText: jobId })).toBeVisible();
});

test('I cancel from the row, and the job keeps its place', async ({ page, api }) => {
  const { jobId } = await api.createJob(lockDoors({ startTime: tomorrow() }));
  await page.goto('/jobs');
  await jobListReady(page);
  const row = page.getByRole('row').filter({ hasText: jobId });
  await row.getByRole('link', { name: /^Cancel / }).click();
  const dialog = cancelDialog(page, jobId);
  await dialog.getByRole('button', { name: /^Cancel job/ }).click();
  await expectRow(jobTable(page), { Job: jobId, Status: 'Cancelled' });
  await expect(
    page.getByRole('rowgroup').filter({ hasText: 'Scheduled' }).getByRole('row').filter({ hasText: jobId }),
    'still among the scheduled ones',
  ).toBeVisible();
  expect((await api.job(jobId)).status).toBe('cancelled');
});

test('Without JavaScript filters work as a plain form', async ({ browser, baseURL, api }) => {
  const { jobId } = await api.createJob(lockDoors());
  await api.finished(jobId);
  const context = await browser.newContext({ javaScriptEnabled: false, ...(baseURL ? { baseURL } : {}) });
  const page = await context.newPage();
  await page.goto('/jobs?since=7d');
  const field = page.getByRole('combobox', { name: 'Add a filter' });
  await field.fill(`action=lock ${jobId}`);
  await field.press('Enter');
  await expect(page.getByRole('list', { name: 'Active filters' }).getByRole('listitem')).toHaveCount(2);
  await expect(page.getByRole('row').filter({ hasText: jobId })).toBeVisible();
  await context.close();
});

test('Names in other alphabets are found in upper and lower case', async ({ page, api }) => {
  const site = "tags.site = 'Ängelholm' OR tags.site = 'МОСКВА'";
  const { jobId } = await api.createJob(lockDoors({ queryCondition: `${site} OR deviceId = 'door-0001'` }));
  await api.finished(jobId);
  const other = await api.createJob(lockDoors());
  await api.finished(other.jobId);
  const row = (id: string) => page.getByRole('row').filter({ has: page.getByRole('link', { name: id }) });
  for (const address of ['/jobs?target=ängelholm', '/jobs?target=ÄNGELHOLM', '/jobs?q=москва', '/jobs?q=МоскВА%20door-0001']) {
    await page.goto(address);
    await expect(row(jobId), address).toBeVisible();
    await expect(row(other.jobId), address).toHaveCount(0);
  }
});
