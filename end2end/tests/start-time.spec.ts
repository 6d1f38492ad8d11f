import { expect, test } from '../support/app.ts';
import { expectSubmit, jobIdInAddress, openNewJob, submitButton, targetQuery } from '../support/jobs.ts';

// The time zone of the stories' browser is Stockholm, in winter or in summer.
const STOCKHOLM = /^Europe\/Stockholm \(UTC\+[12]\)$/;

test('I choose a day and a time of 24 hours, in the zone that the form names', async ({ page, api }) => {
  await openNewJob(page);
  await page.getByLabel('Method name').fill('lockDoor');
  await targetQuery(page, "deviceId = 'door-0001'");
  await page.getByRole('radio', { name: 'At a set time' }).check();
  await expect(submitButton(page)).toHaveAccessibleName('Choose a valid start time');
  const start = page.getByLabel('Date and time', { exact: true });
  const field = page.getByRole('group', { name: 'When' });
  await expect(field.getByText('UTC', { exact: true })).toBeVisible();
  const days = field.getByRole('group', { name: 'Day of the start' }).getByRole('button');
  await expect(days).toHaveCount(8);
  await days.nth(1).click();
  await expect(days.nth(1)).toHaveAttribute('aria-pressed', 'true');
  const day = new Date(Date.now() + 24 * 3600 * 1000).toISOString().slice(0, 10);
  await expect(start).toHaveValue(`${day} 08:00`);
  await start.fill(`${day} 18:30`);
  await days.nth(2).click();
  await expect(start, 'the time stays').toHaveValue(/ 18:30$/);
  await expectSubmit(page, 'Schedule lockDoor on 1 device');

  await field.getByRole('button', { name: 'Use Europe/Stockholm' }).click();
  await expect(field.getByText(STOCKHOLM)).toBeVisible();
  await expect(page.getByRole('contentinfo').getByRole('button', { name: /^UTC\+[12]$/ }), 'the zone of the page').toBeVisible();
  await expect(start, 'as typed').toHaveValue(/ 18:30$/);
  const instant = await start.evaluate((input: HTMLInputElement) => new Date(input.value.replace(' ', 'T')).getTime());

  for (const wrong of ['2020-01-01 08:00', '06:00 PM', '2099-01-01 08:00']) {
    const right = await start.inputValue();
    await start.fill(wrong);
    await expect(field.getByRole('alert')).toBeVisible();
    await expect(submitButton(page)).toHaveAccessibleName('Choose a valid start time');
    await start.fill(right);
    await expect(field.getByRole('alert')).toHaveCount(0);
  }
  await submitButton(page).click();
  const job = await api.job(await jobIdInAddress(page));
  expect(Date.parse(job.startTime ?? ''), 'the hub has the same instant').toBe(instant);
});
