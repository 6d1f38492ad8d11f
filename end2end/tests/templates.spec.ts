import { lockDoors } from '../support/api.ts';
import { expect, test } from '../support/app.ts';
import { expectSubmit, jobListReady, openNewJob, targetEveryDevice } from '../support/jobs.ts';

test('I save a job as a template, use it, delete it and take that back', async ({ page, simulatedDevices }) => {
  await openNewJob(page);
  await page.getByLabel('Method name').fill('lockDoor');
  await page.getByRole('textbox', { name: 'Payload' }).fill('{"mode":"night"}');
  await page.getByLabel('Wait for answer').fill('45');
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
  await expect(page.getByLabel('Wait for answer')).toHaveValue('45');
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

test('I start another job like one that has run', async ({ page, api, simulatedDevices }) => {
  const { jobId } = await api.createJob(
    lockDoors({
      cloudToDeviceMethod: { methodName: 'unlockDoor', payload: { mode: 'drill' }, responseTimeoutInSeconds: 20 },
      queryCondition: "deviceId != 'nobody'",
    }),
  );
  await api.finished(jobId);
  await page.goto('/jobs');
  await jobListReady(page);
  const row = page.getByRole('row').filter({ hasText: jobId });
  await row.getByLabel(`More for ${jobId}`).click();
  await row.getByRole('link', { name: 'Start another like this' }).click();

  await expect(page).toHaveURL(new RegExp(`from=${jobId}`));
  await expect(page.getByLabel('Method name')).toHaveValue('unlockDoor');
  await expect(page.getByRole('textbox', { name: 'Payload' })).toHaveValue('{\n  "mode": "drill"\n}');
  await expect(page.getByRole('textbox', { name: 'Query condition' })).toHaveValue("deviceId != 'nobody'");
  await expect(page.getByLabel('Wait for answer')).toHaveValue('20');
  await expectSubmit(page, `Run unlockDoor on ${simulatedDevices} devices`);
});
