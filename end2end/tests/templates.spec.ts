import { lockDoors } from '../support/api.ts';
import { expect, test } from '../support/app.ts';
import { expectSubmit, openNewJob, targetEveryDevice } from '../support/jobs.ts';

test('I save a job as a template, use it, delete it and undo that', async ({ page, simulatedDevices }) => {
  await openNewJob(page);
  await page.getByLabel('Method name').fill('lockDoor');
  await page.getByRole('textbox', { name: 'Payload' }).fill('{"mode":"night"}');
  await page.getByLabel('Response timeout').fill('45');
  await targetEveryDevice(page);
  const menu = page.getByRole('group').filter({ hasText: 'Recent and saved' });
  await menu.getByText('Recent and saved').click();
  await menu.getByRole('button', { name: 'Save this form as a template…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Save as a template' });
  await dialog.getByLabel('Name').fill('Evening lock-up');
  await dialog.getByRole('button', { name: 'Save template' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Template “Evening lock-up” saved.' })).toBeVisible();

  await openNewJob(page);
  await menu.getByText('Recent and saved').click();
  await menu.getByRole('link', { name: 'Evening lock-up' }).click();
  await expect(page).toHaveURL(/template=Evening/);
  await expect(page.getByLabel('Method name')).toHaveValue('lockDoor');
  await expect(page.getByLabel('Response timeout')).toHaveValue('45');
  await expectSubmit(page, `Run lockDoor on ${simulatedDevices} devices`);

  await menu.getByText('Recent and saved').click();
  await menu.getByRole('button', { name: 'Delete template Evening lock-up' }).click();
  const toast = page.getByRole('status').filter({ hasText: 'deleted' });
  await expect(toast).toBeVisible();
  await toast.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'is back' })).toBeVisible();
  await menu.getByText('Recent and saved').click();
  await expect(menu.getByRole('link', { name: 'Evening lock-up' })).toBeVisible();
});

test('I go from one filled form to the next, Back and forward, and each keeps its values', async ({ page, api }) => {
  const method = (methodName: string) => lockDoors({ cloudToDeviceMethod: { methodName } });
  const first = await api.createJob({ ...method('lockDoor'), name: 'Night closing' });
  const second = await api.createJob({ ...method('unlockDoor'), name: 'Morning opening' });
  const name = page.getByLabel('Method name');
  const menu = page.getByRole('group').filter({ hasText: 'Recent and saved' });
  await openNewJob(page);
  for (const [job, methodName] of [[first, 'lockDoor'], [second, 'unlockDoor']] as const) {
    await menu.getByText('Recent and saved').click();
    await menu.getByRole('link', { name: new RegExp(`^${job.name}`) }).click();
    await expect(page).toHaveURL(new RegExp(`from=${job.jobId}`));
    await expect(name).toHaveValue(methodName);
  }
  await page.goBack();
  await expect(name).toHaveValue('lockDoor');
  await page.goForward();
  await expect(name).toHaveValue('unlockDoor');

  await name.fill('reboot');
  await menu.getByText('Recent and saved').click();
  await menu.getByRole('link', { name: new RegExp(`^${first.name}`) }).click();
  await page.getByRole('dialog', { name: 'Leave this form?' }).getByRole('button', { name: 'Leave' }).click();
  await expect(name).toHaveValue('lockDoor');
  await page.locator('body').press('n');
  await expect(name).toHaveValue('');
});
