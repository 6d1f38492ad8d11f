import { expect, test } from '../support/app.ts';
import { expectState, expectSubmit, jobIdInAddress, openNewJob, submitButton, targetList } from '../support/jobs.ts';

test('I paste a list of devices, and see which of them the hub does not know', async ({ page, api }) => {
  const [first, second] = (await api.devices()).map((device) => device.deviceId);
  await openNewJob(page);
  await page.getByLabel('Method name').fill('lockDoor');
  await targetList(page, `${first}\n${second}, dor-0431\n${first}`);

  const review = page.getByRole('complementary', { name: 'Review' });
  const found = page.getByRole('status').filter({ hasText: '2 devices found' });
  await expect(found).toContainText('2 devices found, 1 id does not exist, 1 duplicate (sent once)');
  await expect(found, 'it is named').toContainText('dor-0431');
  await expect(review).toContainText('1 id does not exist and will be reported as failed.');
  await expectSubmit(page, 'Run lockDoor on 2 devices');
  await expect(review, 'one number everywhere').toContainText('is called on 2 devices');

  await page.getByRole('button', { name: 'Remove these ids' }).click();
  await expect(page.getByRole('textbox', { name: 'Device ids' })).toHaveValue(`${first}\n${second}`);
  await expect(page.getByRole('status').filter({ hasText: /^2 devices found$/ })).toBeVisible();
  await expectSubmit(page, 'Run lockDoor on 2 devices');
  await submitButton(page).click();

  const jobId = await jobIdInAddress(page);
  await expectState(page, 'Succeeded', 2, 45_000);
  const devices = (await api.results(jobId)).map((result) => result.deviceId);
  expect(devices.sort(), 'exactly these').toEqual([first, second].sort());
});

test('Ids in another case and mistyped ids are offered as the devices that are meant', async ({ page, api }) => {
  const [first = 'none', second = 'none'] = (await api.devices()).map((device) => device.deviceId);
  await openNewJob(page);
  await page.getByLabel('Method name').fill('lockDoor');
  await targetList(page, `${first.toUpperCase()} ${second}`);
  await page.getByRole('button', { name: `Use ${first}` }).click();
  await expect(page.getByRole('textbox', { name: 'Device ids' })).toHaveValue(`${first}\n${second}`);
  await expectSubmit(page, 'Run lockDoor on 2 devices');

  await page.getByRole('radiogroup', { name: 'Choose devices by' }).getByRole('radio', { name: 'One device' }).check();
  const device = page.getByLabel('Device id', { exact: true });
  for (const typed of [first.toUpperCase(), `${first}x`]) {
    await device.fill(typed);
    await expect(page.getByRole('status').filter({ hasText: `No device ${typed}. Did you mean:` })).toBeVisible();
    await expect(submitButton(page)).toHaveAccessibleName('Enter the id of a device that exists');
    await page.getByRole('button', { name: first, exact: true }).click();
    await expect(device).toHaveValue(first);
    await expectSubmit(page, 'Run lockDoor on 1 device');
  }
});

test('I take the device ids from a CSV file', async ({ page, api }) => {
  const ids = (await api.devices()).slice(0, 3).map((device) => device.deviceId);
  await openNewJob(page);
  await page.getByLabel('Method name').fill('lockDoor');
  await targetList(page, '');
  await page.getByLabel('Read a file…').setInputFiles({
    name: 'doors.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from(`building,deviceId\n${ids.map((id) => `43,${id}`).join('\n')}\n`),
  });
  await expect(page.getByRole('textbox', { name: 'Device ids' })).toHaveValue(ids.join('\n'));
  await expectSubmit(page, 'Run lockDoor on 3 devices');
});

test('A module in a list is refused before anything is sent', async ({ page, api }) => {
  const device = (await api.devices())[0]?.deviceId ?? 'none';
  await openNewJob(page);
  await page.getByLabel('Method name').fill('lockDoor');
  await targetList(page, `${device}/lock`);
  await expect(page.getByRole('alert').filter({ hasText: 'names a module' })).toBeVisible();
  await expect(submitButton(page)).toHaveAccessibleName('Fix the device ids');
  await expect(submitButton(page)).toBeDisabled();
});
