import { expect, test } from '../support/app.ts';
import { chooseJobType, expectState, jobIdInAddress, openNewJob, submitButton, targetQuery } from '../support/jobs.ts';
import { expectRow, twinTable } from '../support/table.ts';

test('I set desired properties on two devices, and no others', async ({ page, api }) => {
  const [first, second, third] = (await api.devices()).map((device) => device.deviceId);

  await openNewJob(page);
  await chooseJobType(page, 'Desired properties');
  await page.getByRole('textbox', { name: /Desired/ }).fill('{"Building":"43","Floor":"3"}');
  await targetQuery(page, `deviceId IN ['${first}', '${second}']`);
  await expect(submitButton(page)).toContainText('2 devices');
  await submitButton(page).click();

  await jobIdInAddress(page);
  await expectState(page, 'Succeeded', 2);

  const twin = page.getByRole('region', { name: 'Desired and reported properties' });
  await page.goto(`/devices/${first}?show=all`);
  await expectRow(twinTable(page), { Property: 'Building', Desired: '43' });
  await expectRow(twinTable(page), { Property: 'Floor', Desired: '3' });
  await page.goto(`/devices/${third}?show=all`);
  await expect(page.getByRole('heading', { level: 1, name: third })).toBeVisible();
  await expect(twin.getByRole('row', { name: /Building/ })).toHaveCount(0);
});
