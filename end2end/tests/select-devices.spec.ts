import { expect, ready, test } from '../support/app.ts';

// More than one page of devices.
test.use({ simulatedDevices: 130 });

test('I select all matching devices but one, and start a job on them', async ({ page, simulatedDevices }) => {
  await page.goto('/devices');
  await ready(page);
  await expect(page.getByText(`${simulatedDevices} devices match`)).toBeVisible();
  await page.getByRole('checkbox', { name: 'Select door-0003' }).check();
  const selection = page.getByRole('region', { name: 'Selection' });
  await expect(selection).toContainText('1 device is selected');

  await page.getByRole('checkbox', { name: 'Select all on this page' }).check();
  await expect(selection).toContainText('100 devices are selected');
  await selection.getByRole('button', { name: `Select all ${simulatedDevices} matching` }).click();
  await expect(selection).toContainText(`All ${simulatedDevices} matching devices are selected`);
  await page.getByRole('checkbox', { name: 'Select door-0003' }).uncheck();

  await page.getByRole('link', { name: 'Next devices' }).click();
  await expect(page.getByRole('checkbox', { name: 'Select door-0130' }), 'it holds on the next page').toBeChecked();
  await selection.getByRole('link', { name: `New job on ${simulatedDevices - 1} devices` }).click();
  await expect(page).toHaveURL(/\/jobs\/new\?query=/);
  await expect(page.getByRole('textbox', { name: 'Query condition' })).toHaveValue("deviceId NIN ['door-0003']");
});
