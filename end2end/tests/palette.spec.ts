import { lockDoors } from '../support/api.ts';
import { expect, ready, test } from '../support/app.ts';

test('I open a job and a device from the palette on any page', async ({ page, api }) => {
  const { jobId } = await api.createJob(lockDoors());
  const device = (await api.devices())[3]?.deviceId ?? 'none';
  await page.goto('/devices');
  await ready(page);

  await page.keyboard.press('/');
  const palette = page.getByRole('dialog', { name: 'Go to job or device' });
  const field = palette.getByRole('combobox');
  await expect(field).toBeFocused();
  await field.pressSequentially(jobId);
  const job = palette.getByRole('group', { name: 'Jobs' }).getByRole('option', { name: jobId });
  await expect(job).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(new RegExp(`/jobs/${jobId}`));
  await expect(palette).toBeHidden();

  // Enter before the results are there opens the first of them.
  await page.keyboard.press('Control+k');
  await field.pressSequentially(device);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(new RegExp(`/devices/${device}$`));
});

test('I choose from the palette with the arrow keys, and the focus returns', async ({ page }) => {
  await page.goto('/devices');
  await ready(page);
  const opener = page.getByRole('button', { name: 'Go to job or device' });
  await opener.click();
  const palette = page.getByRole('dialog', { name: 'Go to job or device' });
  const options = palette.getByRole('option');
  await expect(options.first()).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('ArrowDown');
  await expect(options.nth(1)).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp');
  await expect(options.last(), 'after the first comes the last').toHaveAttribute('aria-selected', 'true');
  const chosen = await options.last().getAttribute('id');
  await expect(palette.getByRole('combobox')).toHaveAttribute('aria-activedescendant', chosen ?? 'none');

  await palette.getByRole('combobox').fill('no such thing anywhere');
  await expect(palette.getByRole('status')).toHaveText('Nothing matches.');
  await page.keyboard.press('Escape');
  await expect(palette).toBeHidden();
  await expect(opener, 'the focus is back').toBeFocused();

  await opener.click();
  await palette.getByRole('combobox').fill('theme dark');
  await page.keyboard.press('Enter');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
});

test('A click outside the palette closes it', async ({ page }) => {
  await page.goto('/jobs/new');
  await ready(page);
  await page.keyboard.press('Control+k');
  const palette = page.getByRole('dialog', { name: 'Go to job or device' });
  await expect(palette).toBeVisible();
  await page.mouse.click(20, 600);
  await expect(palette).toBeHidden();
});
