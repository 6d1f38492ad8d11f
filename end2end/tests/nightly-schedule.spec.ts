import { expect, ready, test } from '../support/app.ts';
import { submitButton } from '../support/jobs.ts';

test('I have doors locked every night, pause that with a reason, resume it, and run it now', async ({ page, api, simulatedDevices }) => {
  await page.goto('/schedules');
  await ready(page);
  await expect(page.getByRole('heading', { name: 'No schedules yet.' })).toBeVisible();
  await page.getByRole('main').getByRole('link', { name: 'New schedule' }).click();

  await expect(page.getByRole('radio', { name: 'Repeats' })).toBeChecked();
  await page.getByLabel('Method name').fill('lockDoor');
  await page.getByRole('radio', { name: 'Every device' }).check();
  const zone = page.getByRole('combobox', { name: 'Zone' });
  await zone.fill('Europe/Berln');
  await zone.blur();
  await expect(page.getByRole('alert').filter({ hasText: 'did you mean Europe/Berlin?' })).toBeVisible();
  await zone.fill('Europe/Berlin');
  await zone.blur();
  await expect(page.getByRole('heading', { name: 'Every day at 02:30 in Berlin' })).toBeVisible();
  const next = page.getByRole('table', { name: 'Every day at 02:30 in Berlin' });
  await expect(next.getByRole('row')).toHaveCount(11);
  await page.getByRole('combobox', { name: 'Every', exact: true }).selectOption('month');
  await page.getByRole('combobox', { name: 'On', exact: true }).selectOption('last');
  await page.getByRole('combobox', { name: 'Weekday' }).selectOption('sunday');
  const monthly = page.getByRole('table', { name: 'The last Sunday of each month at 02:30 in Berlin' });
  await expect(monthly.getByRole('row').filter({ hasText: '02:30 is skipped, runs at 03:00' })).toBeVisible();
  await page.getByRole('combobox', { name: 'Every', exact: true }).selectOption('day');
  await expect(next).toBeVisible();
  await page.getByRole('textbox', { name: 'Name' }).fill('Night lock');
  await expect(submitButton(page)).toHaveText(/Create schedule/);
  await submitButton(page).click();

  await expect(page.getByRole('heading', { level: 1, name: 'Night lock' })).toBeVisible();
  await expect(page).toHaveURL(/\/schedules\/night-lock$/);
  await expect(page.getByRole('table', { name: 'Next ten runs' }).getByRole('row')).toHaveCount(11);
  await page.getByRole('link', { name: 'Pause…' }).click();
  const pausing = page.getByRole('dialog', { name: 'Pause Night lock?' });
  await pausing.getByLabel('Why').fill('Until the drill plan is signed');
  await pausing.getByRole('button', { name: 'Pause schedule' }).click();
  await expect(page.getByText('Until the drill plan is signed')).toBeVisible();
  await page.getByRole('button', { name: 'Resume' }).click();
  await expect(page.getByRole('link', { name: 'Pause…' })).toBeVisible();

  await page.getByRole('link', { name: 'Run now…' }).click();
  const running = page.getByRole('dialog', { name: 'Run Night lock now?' });
  await running.getByLabel('Why (optional)').fill('after the hub move');
  await running.getByRole('button', { name: 'Run now' }).click();
  const run = page.getByRole('table', { name: 'Runs' }).getByRole('row').filter({ hasText: 'after the hub move' });
  await expect(run).toContainText(`${simulatedDevices} of ${simulatedDevices}`);
  await run.getByRole('link', { name: 'Completed' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Night lock' })).toBeVisible();
  await page.getByRole('link', { name: 'Night lock', exact: true }).click();

  await page.getByRole('link', { name: 'Edit' }).click();
  await expect(page.getByRole('combobox', { name: 'Zone' })).toHaveValue('Europe/Berlin');
  await page.getByLabel('At', { exact: true }).fill('03:15');
  await page.getByLabel('At', { exact: true }).blur();
  await expect(page.getByRole('heading', { name: 'Every day at 03:15 in Berlin' })).toBeVisible();
  await expect(submitButton(page)).toHaveText(/Save schedule/);
  await submitButton(page).click();
  await expect(page.getByRole('heading', { name: 'Every day at 03:15 in Berlin' })).toBeVisible();
  await page.getByRole('link', { name: 'Delete…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete schedule' }).click();
  await expect(page.getByRole('heading', { name: 'No schedules yet.' })).toBeVisible();
  expect((await api.jobs()).some((job) => job.jobId.startsWith('night-lock-'))).toBe(true);
});
