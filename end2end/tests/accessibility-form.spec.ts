import { expect, test } from '../support/app.ts';
import { expectNoFindings } from '../support/accessibility.ts';
import { chooseJobType, openNewJob, submitButton, targetEveryDevice, targetList, targetQuery } from '../support/jobs.ts';

test('The form passes the audit with every kind of error', async ({ page, api }) => {
  const device = (await api.devices())[0]?.deviceId ?? 'none';
  await openNewJob(page);

  await page.getByLabel('Method name').fill('lock door');
  await page.getByRole('textbox', { name: 'Payload' }).fill('{"mode": night}');
  await expect(page.getByRole('textbox', { name: 'Payload' })).toHaveAttribute('aria-invalid', 'true');
  await targetQuery(page, "deviceId == 'door-1'");
  await expect(page.getByRole('alert').filter({ hasText: /column \d+/i })).toBeVisible();
  await page.getByLabel('Connection timeout').fill('6000');
  await page.getByRole('radio', { name: 'At a set time' }).check();
  await expect(submitButton(page)).toBeDisabled();
  await test.step('errors beside fields', () => expectNoFindings(page));

  await page.getByLabel('Method name').fill('lockDoor');
  await page.getByRole('textbox', { name: 'Payload' }).fill('{"mode": "night"}');
  await page.getByLabel('Connection timeout').fill('0');
  await targetList(page, `${device}\n${device}\ndor-0431`);
  await expect(page.getByRole('status').filter({ hasText: '1 device found' })).toContainText('1 id does not exist');
  await test.step('ids that the hub does not know', () => expectNoFindings(page));

  await targetList(page, `${device}/lock`);
  await expect(page.getByRole('alert').filter({ hasText: 'names a module' })).toBeVisible();
  await test.step('a module in the list', () => expectNoFindings(page));

  await page.getByRole('radio', { name: /^Now/ }).check();
  await targetEveryDevice(page);
  for (const type of ['Desired properties', 'Tags'] as const) {
    await chooseJobType(page, type);
    await test.step(`${type} for every device`, () => expectNoFindings(page));
  }
  await chooseJobType(page, 'Direct method');
  await expect(submitButton(page)).toBeEnabled();
  await test.step('ready to run', () => expectNoFindings(page));
  await submitButton(page).click();
  await expect(page.getByRole('dialog').getByLabel(/^Type [\d,]+ to confirm$/)).toBeVisible();
  await test.step('asked for the number of devices', () => expectNoFindings(page));
});
