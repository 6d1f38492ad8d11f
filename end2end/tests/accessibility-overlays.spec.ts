import { lockDoors, tomorrow } from '../support/api.ts';
import { expect, ready, test } from '../support/app.ts';
import { expectNoFindings } from '../support/accessibility.ts';
import { cancelDialog, chooseJobType, jobLink, jobListReady, jobMenu, liveBadge, openNewJob, targetEveryDevice } from '../support/jobs.ts';

const DIALOG = 'dialog[open]';

test('Palette and list of keys pass the audit', async ({ page, api }) => {
  const { jobId } = await api.createJob(lockDoors());
  await page.goto('/jobs');
  await ready(page);
  await page.keyboard.press('Control+k');
  const palette = page.getByRole('dialog', { name: 'Go to job or device' });
  const field = palette.getByRole('combobox');
  await expect(palette.getByRole('option').first()).toBeVisible();
  await test.step('with an empty field', () => expectNoFindings(page, DIALOG));
  await field.fill(jobId);
  await expect(palette.getByRole('option', { name: jobId })).toBeVisible();
  await test.step('with a job found', () => expectNoFindings(page, DIALOG));
  await field.fill('no such thing anywhere');
  await expect(palette.getByRole('status')).toHaveText('Nothing matches.');
  await test.step('with nothing found', () => expectNoFindings(page, DIALOG));
  await page.keyboard.press('Escape');
  await expect(palette).toBeHidden();

  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible();
  await test.step('the list of keys', () => expectNoFindings(page, DIALOG));
});

test('Dialogs and toasts pass the audit', async ({ page, api }) => {
  const { jobId } = await api.createJob(lockDoors({ startTime: tomorrow() }));

  await page.goto('/jobs');
  await jobListReady(page);
  await jobMenu(page, jobId).click();
  await page.getByRole('button', { name: 'Copy link', exact: true }).click();
  await jobLink(page, jobId).click();
  await expect(liveBadge(page, 'Live')).toBeVisible();
  await page.getByRole('button', { name: 'Cancel job…' }).click();
  await expect(cancelDialog(page, jobId)).toBeVisible();
  await test.step('asked before a job is cancelled', () => expectNoFindings(page, DIALOG));
  await page.keyboard.press('Escape');

  await openNewJob(page);
  await page.getByLabel('Method name').fill('lockDoor');
  await targetEveryDevice(page);
  const menu = page.getByRole('group').filter({ hasText: 'Recent and saved' });
  const name = 'Lock-up';
  await menu.getByText('Recent and saved').click();
  await menu.getByRole('button', { name: 'Save this form as a template…' }).click();
  const save = page.getByRole('dialog', { name: 'Save as a template' });
  await save.getByLabel('Name').fill(name);
  await test.step('a name for a template', () => expectNoFindings(page, DIALOG));
  await save.getByRole('button', { name: 'Save template' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'saved.' })).toBeVisible();
  await menu.getByText('Recent and saved').click();
  await menu.getByRole('button', { name: `Delete template ${name}` }).click();
  const toast = page.getByRole('status').filter({ hasText: 'deleted' });
  await expect(toast.getByRole('button', { name: 'Undo' })).toBeVisible();
  // While it has the focus it stays open, for as long as the audit takes.
  await toast.getByRole('button', { name: 'Undo' }).focus();
  await test.step('a toast with Undo', () => expectNoFindings(page, '.toasts'));

  await chooseJobType(page, 'Tags');
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Devices' }).click();
  await expect(page.getByRole('dialog', { name: 'Leave this form?' })).toBeVisible();
  await test.step('asked before a form is left', () => expectNoFindings(page, DIALOG));
});
