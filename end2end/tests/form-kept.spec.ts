import { expect, test } from '../support/app.ts';
import { expectSubmit, jobIdInAddress, openNewJob, submitButton, targetEveryDevice } from '../support/jobs.ts';

test.describe('the server says no', () => {
  // The browser logs a refusal as a failed load.
  test.use({ allowedComplaints: /status of (4|5)\d\d|answer 5\d\d|ERR_CONNECTION_REFUSED/ });

  test('A form survives a server that has gone, with its content', async ({ page, server, simulatedDevices, api }) => {
    await openNewJob(page);
    await page.getByLabel('Method name').fill('lockDoor');
    await page.getByRole('textbox', { name: 'Payload' }).fill('{"mode":"night"}');
    await targetEveryDevice(page);
    await expectSubmit(page, `Run lockDoor on ${simulatedDevices} devices`);
    await server.stop('SIGKILL');
    await submitButton(page).click();
    await expect(page.getByRole('alert').first()).toContainText('The console did not answer');
    await expect(page.getByLabel('Method name')).toHaveValue('lockDoor');
    await expect(page.getByRole('textbox', { name: 'Payload' })).toHaveValue('{"mode":"night"}');

    await server.startAgain();
    await api.connected(simulatedDevices);
    await submitButton(page).click();
    const jobId = await jobIdInAddress(page);
    expect((await api.finished(jobId)).outcomes.succeeded).toBe(simulatedDevices);
  });
});

test('A large form that is refused without JavaScript comes back whole', async ({ browser, baseURL, api }) => {
  const device = (await api.devices())[0]?.deviceId ?? 'none';
  const context = await browser.newContext({ javaScriptEnabled: false, ...(baseURL ? { baseURL } : {}) });
  const page = await context.newPage();
  const list = [device, ...Array.from({ length: 1_000 }, (_, index) => `door-${index}/lock`)].join('\n');
  await page.goto('/jobs/new?target=list');
  await page.getByLabel('Method name').fill('lockDoor');
  await page.getByRole('textbox', { name: 'Device ids' }).fill(list);
  await submitButton(page).click();
  await expect(page).toHaveURL(/draft=/);
  await expect(page.getByRole('alert').filter({ hasText: 'names a module' })).toBeVisible();
  await expect(page.getByLabel('Method name')).toHaveValue('lockDoor');
  await expect(page.getByRole('textbox', { name: 'Device ids' })).toHaveValue(list);
  await context.close();
});

test('Leaving with changes asks once', async ({ page }) => {
  await openNewJob(page);
  const devices = page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Devices' });
  await page.getByLabel('Method name').fill('lockDoor');
  await devices.click();
  const dialog = page.getByRole('dialog', { name: 'Leave this form?' });
  await dialog.getByRole('button', { name: 'Keep editing' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByLabel('Method name')).toHaveValue('lockDoor');
  await devices.click();
  await dialog.getByRole('button', { name: 'Leave' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Devices' })).toBeVisible();

  await openNewJob(page);
  await devices.click();
  await expect(page.getByRole('heading', { level: 1, name: 'Devices' }), 'nothing changed, nothing asked').toBeVisible();
});

test('The form says why before anything is sent', async ({ page }) => {
  await openNewJob(page);
  await expect(submitButton(page)).toHaveAccessibleName('Name the method to run');
  await page.getByLabel('Method name').fill('lock door');
  await expect(submitButton(page)).toHaveAccessibleName('Fix the method name to run');
  await page.getByLabel('Method name').fill('lockDoor');
  await expect(submitButton(page)).toHaveAccessibleName('Write a condition to run');
  await page.getByLabel('Wait for connection').fill('60');
  await expect(page.getByRole('alert').filter({ hasText: 'cannot be longer' })).toBeVisible();
  await page.getByLabel('Wait for connection').fill('0');
  await page.getByRole('textbox', { name: 'Payload' }).fill('{"mode": night}');
  await expect(page.getByRole('textbox', { name: 'Payload' })).toHaveAttribute('aria-invalid', 'true');
  await expect(page.getByText(/Line 1, column \d+/)).toBeVisible();
});
