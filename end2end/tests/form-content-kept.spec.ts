import { expect, ready, test } from '../support/app.ts';
import { confirmNumber, expectSubmit, jobIdInAddress, openNewJob, submitButton, targetEveryDevice, targetQuery } from '../support/jobs.ts';

test.describe('the server refuses', () => {
  // The browser logs a refusal as a failed load.
  test.use({ allowedProblems: /status of (4|5)\d\d|answer 5\d\d|ERR_CONNECTION_REFUSED/ });

  test('A form keeps its content while the server is down', async ({ page, server, simulatedDevices, api }) => {
    await openNewJob(page);
    await page.getByLabel('Method name').fill('lockDoor');
    await page.getByRole('textbox', { name: 'Payload' }).fill('{"mode":"night"}');
    await targetEveryDevice(page);
    await expectSubmit(page, `Run lockDoor on ${simulatedDevices} devices`);
    await server.stop('SIGKILL');
    await submitButton(page).click();
    await confirmNumber(page, simulatedDevices);
    await expect(page.getByRole('alert').first()).toContainText('The console did not answer');
    await expect(page.getByLabel('Method name')).toHaveValue('lockDoor');
    await expect(page.getByRole('textbox', { name: 'Payload' })).toHaveValue('{"mode":"night"}');

    await server.startAgain();
    await api.connected(simulatedDevices);
    await submitButton(page).click();
    await confirmNumber(page, simulatedDevices);
    const jobId = await jobIdInAddress(page);
    expect((await api.finished(jobId)).outcomes.succeeded).toBe(simulatedDevices);
  });
});

test('A large form that is refused without JavaScript keeps its content', async ({ browser, baseURL, api }) => {
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
  await expect(submitButton(page)).toHaveAccessibleName('Enter a method name');
  await page.getByLabel('Method name').fill('lock door');
  await expect(submitButton(page)).toHaveAccessibleName('Fix the method name');
  await page.getByLabel('Method name').fill('lockDoor');
  await expect(submitButton(page)).toHaveAccessibleName('Enter a query condition');
  await page.getByLabel('Connection timeout').fill('60');
  await expect(page.getByRole('alert').filter({ hasText: 'cannot be longer' })).toBeVisible();
  await page.getByLabel('Connection timeout').fill('0');
  await page.getByRole('textbox', { name: 'Payload' }).fill('{"mode": night}');
  await expect(page.getByRole('textbox', { name: 'Payload' })).toHaveAttribute('aria-invalid', 'true');
  await expect(page.getByText(/^Column \d+\. /), 'one message, in words').toHaveText('Column 11. This is no value. Values are texts in quotation marks, numbers, true, false, null, objects and lists.');
  await page.getByRole('radio', { name: 'Tags' }).check();
  await page.getByRole('textbox', { name: 'Tags to merge' }).fill('');
  await expect(submitButton(page)).toHaveAccessibleName('Enter the tags to set');
  await targetQuery(page, 'SELECT COUNT() AS n FROM devices');
  await expect(page.getByRole('alert').filter({ hasText: 'This query gives numbers, not devices' })).toBeVisible();
});

test('Back and shortcuts ask before a changed form is lost', async ({ page }) => {
  await page.goto('/jobs');
  await ready(page);
  await page.getByRole('main').getByRole('link', { name: 'New job' }).click();
  const method = page.getByLabel('Method name');
  const dialog = page.getByRole('dialog', { name: 'Leave this form?' });
  await method.fill('lockDoor');
  for (const leave of [
    () => page.goBack(),
    () => page.getByRole('heading', { level: 1, name: 'New job' }).press('g').then(() => page.keyboard.press('d')),
  ]) {
    await method.blur();
    await leave();
    await expect(dialog).toBeVisible();
    await expect(page).toHaveURL(/\/jobs\/new$/);
    await dialog.getByRole('button', { name: 'Keep editing' }).click();
    await expect(dialog).toBeHidden();
    await expect(method).toHaveValue('lockDoor');
  }
  await page.goBack();
  await dialog.getByRole('button', { name: 'Leave' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Jobs' })).toBeVisible();
  await expect(page).toHaveURL(/\/jobs$/);
});
