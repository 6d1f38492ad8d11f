import { type Locator, type Page } from '@playwright/test';
import { lockDoors, tomorrow } from '../support/api.ts';
import { expect, test } from '../support/app.ts';
import { cancelDialog, expectState, expectSubmit, jobIdInAddress, liveBadge, submitButton } from '../support/jobs.ts';

/** More tab stops than any page has before its content. */
const MOST_STOPS = 80;

/** Presses the Tab key until `target` has the focus. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let stop = 0; stop < MOST_STOPS; stop += 1) {
    await page.keyboard.press('Tab');
    if (await target.evaluate((element) => element === document.activeElement)) return;
  }
  throw new Error(`the Tab key does not reach ${target}`);
}

test('I create a job and watch it with the keyboard alone', async ({ page, api, simulatedDevices }) => {
  await page.goto('/jobs');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();

  await tabTo(page, page.getByRole('main').getByRole('link', { name: 'New job' }));
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'New job' })).toBeVisible();

  const method = page.getByLabel('Method name');
  await tabTo(page, method);
  await page.keyboard.press('Control+A');
  await page.keyboard.type('lockDoor');
  const query = page.getByRole('textbox', { name: 'Query condition' });
  await tabTo(page, query);
  await page.keyboard.press('Control+A');
  await page.keyboard.type("deviceId != 'nobody'");
  await expectSubmit(page, `Run lockDoor on ${simulatedDevices} devices`);
  await tabTo(page, submitButton(page));
  await page.keyboard.press('Enter');

  const jobId = await jobIdInAddress(page);
  await expectState(page, 'Succeeded', simulatedDevices, 45_000);
  expect((await api.finished(jobId)).status).toBe('completed');
});

test('I cancel a job with the keyboard alone', async ({ page, api }) => {
  const { jobId } = await api.createJob(lockDoors({ startTime: tomorrow() }));
  await page.goto(`/jobs/${jobId}`);
  await expect(liveBadge(page, 'Live')).toBeVisible();
  const open = page.getByRole('button', { name: 'Cancel job…' });
  await tabTo(page, open);
  await page.keyboard.press('Enter');
  const dialog = cancelDialog(page, jobId);
  await expect(dialog.getByRole('button', { name: 'Keep job' }), 'the safe choice has the focus').toBeFocused();

  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  await expect(open, 'the focus is back').toBeFocused();
  expect((await api.job(jobId)).status).toBe('scheduled');

  await page.keyboard.press('Enter');
  await tabTo(page, dialog.getByRole('button', { name: /^Cancel job/ }));
  await page.keyboard.press('Enter');
  await expect(page.getByRole('main').getByText('Cancelled', { exact: true }).first()).toBeVisible();
  expect((await api.job(jobId)).status).toBe('cancelled');
});
