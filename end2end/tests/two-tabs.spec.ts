import { lockDoors, tomorrow } from '../support/api.ts';
import { expect, markDocument, test } from '../support/app.ts';
import { cancelDialog, liveBadge } from '../support/jobs.ts';
import { expectRow, jobTable } from '../support/table.ts';

test('A job that I cancel in one tab is cancelled in the others', async ({ page, api, context }) => {
  const { jobId } = await api.createJob(lockDoors({ startTime: tomorrow() }));
  const [other, list] = [await context.newPage(), await context.newPage()];
  await list.goto('/jobs');
  await expectRow(jobTable(list), { Job: jobId, Status: 'Scheduled' });
  for (const tab of [other, page]) {
    await tab.goto(`/jobs/${jobId}`);
    await expect(liveBadge(tab, 'Live')).toBeVisible({ timeout: 45_000 });
  }
  const expectSameDocument = await markDocument(other);

  await page.getByRole('button', { name: 'Cancel job…' }).click();
  const dialog = cancelDialog(page, jobId);
  for (const part of ['Queued', 'In flight', 'Finished']) {
    await expect(dialog.getByRole('term').filter({ hasText: part }), 'what happens to each part').toBeVisible();
  }
  await dialog.getByRole('button', { name: /^Cancel job/ }).click();

  for (const tab of [page, other]) {
    await expect(tab.getByRole('main').getByText('Cancelled', { exact: true }).first()).toBeVisible();
    await expect(tab.getByRole('button', { name: 'Cancel job…' }), 'there is nothing left to cancel').toBeHidden();
  }
  await expectRow(jobTable(list), { Job: jobId, Status: 'Cancelled' });
  await expectSameDocument();
  expect((await api.job(jobId)).status).toBe('cancelled');
});
