import { expect, test } from '../support/app.ts';
import { confirmNumber, jobIdInAddress, openNewJob, submitButton, targetEveryDevice } from '../support/jobs.ts';

/** A wall time as the form takes it. */
function tomorrowAtSix(): string {
  const day = new Date(Date.now() + 24 * 3600 * 1000).toISOString().slice(0, 10);
  return `${day} 06:00`;
}

test('I plan a job for tomorrow and cancel it before it starts', async ({ page, api, simulatedDevices }) => {
  await openNewJob(page);
  await page.getByLabel('Method name').fill('unlockDoor');
  await targetEveryDevice(page);
  await page.getByRole('radiogroup', { name: 'When' }).getByRole('radio', { name: /At a set time/ }).check();
  const start = tomorrowAtSix();
  await page.getByLabel('Date and time', { exact: true }).fill(start);
  await submitButton(page).click();
  await confirmNumber(page, simulatedDevices);

  const jobId = await jobIdInAddress(page);
  await expect(page.getByRole('main').getByText('Scheduled', { exact: true }).first()).toBeVisible();
  const instant = Date.parse(`${start.replace(' ', 'T')}Z`);
  expect(Date.parse((await api.job(jobId)).startTime ?? ''), 'the zone of the page is UTC').toBe(instant);

  await page.goto('/jobs?tab=scheduled');
  const row = page.getByRole('row').filter({ hasText: jobId });
  await expect(row).toBeVisible();
  await row.getByRole('link').first().click();

  await page.getByRole('button', { name: /^Cancel job/ }).click();
  const dialog = page.getByRole('dialog', { name: /^Cancel .*\?$/ });
  await expect(dialog.getByRole('button', { name: 'Keep job' }), 'the safe choice has the focus').toBeFocused();
  await dialog.getByRole('button', { name: /^Cancel job/ }).click();

  await expect(page.getByRole('main').getByText('Cancelled', { exact: true }).first()).toBeVisible();
  expect((await api.job(jobId)).status).toBe('cancelled');
});
