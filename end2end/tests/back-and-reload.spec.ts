import { lockDoors } from '../support/api.ts';
import { expect, markDocument, ready, test } from '../support/app.ts';
import { deviceRow, upToDate } from '../support/jobs.ts';

test('Back, forward and reload restore every view', async ({ page, api, context }) => {
  await api.simulate({ errorShare: 0.3, seed: 7 });
  const { jobId } = await api.createJob(lockDoors());
  await api.finished(jobId);
  const failed = (await api.results(jobId)).find((result) => result.outcome === 'failed')?.deviceId ?? 'none';
  const drawer = page.getByRole('complementary', { name: `Device ${failed}` });
  const failedChip = page.getByRole('list', { name: 'Filter devices by state' }).getByRole('link', { name: 'Failed' });

  await page.goto('/jobs');
  await ready(page);
  const expectSameDocument = await markDocument(page);
  await page.getByRole('navigation', { name: 'Job lists' }).getByRole('link', { name: /^Finished/ }).click();
  await expect(page).toHaveURL(/tab=finished/);
  await page.getByRole('row').filter({ hasText: jobId }).getByRole('link').first().click();
  await failedChip.click();
  await expect(page).toHaveURL(/state=failed/);
  await deviceRow(page, failed).getByRole('link').first().click();
  await expect(drawer).toContainText('Failed');
  const address = page.url();

  await page.goBack();
  await expect(drawer, 'the drawer is closed').toHaveCount(0);
  await expect(failedChip).toHaveAttribute('aria-current', 'true');
  await page.goBack();
  await expect(failedChip, 'the filter is gone').not.toHaveAttribute('aria-current');
  await page.goBack();
  const finished = page.getByRole('navigation', { name: 'Job lists' }).getByRole('link', { name: /^Finished/ });
  await expect(finished).toHaveAttribute('aria-current', 'page');
  await page.goForward();
  await page.goForward();
  await page.goForward();
  await expect(drawer).toContainText('Failed');
  await expectSameDocument();

  await page.reload();
  await expect(drawer, 'after a reload').toContainText('Failed');
  await expect(failedChip).toHaveAttribute('aria-current', 'true');
  await expect(upToDate(page)).toBeVisible();

  const elsewhere = await context.newPage();
  await elsewhere.goto(address);
  await expect(
    elsewhere.getByRole('complementary', { name: `Device ${failed}` }),
    'and in another browser with the link',
  ).toContainText('Failed');
});
