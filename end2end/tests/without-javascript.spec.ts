import { lockDoors, tomorrow } from '../support/api.ts';
import { expect, test } from '../support/app.ts';
import { expectState, jobIdInAddress, submitButton } from '../support/jobs.ts';

test.use({ javaScriptEnabled: false });

test('I read jobs and devices without JavaScript', async ({ page, api, simulatedDevices }) => {
  const { jobId } = await api.createJob(lockDoors());
  await api.finished(jobId);

  await page.goto('/jobs');
  await page.getByRole('row').filter({ hasText: jobId }).getByRole('link').first().click();
  await expect(page).toHaveURL(new RegExp(`/jobs/${jobId}`));
  await expectState(page, 'Succeeded', simulatedDevices);

  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Devices' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Devices' })).toBeVisible();
  const device = (await api.devices())[0]?.deviceId ?? 'none';
  await expect(page.getByRole('row').filter({ hasText: device })).toBeVisible();
});

test('I run a job without JavaScript', async ({ page, api, simulatedDevices }) => {
  await page.goto('/jobs/new');
  await page.getByLabel('Method name').fill('lockDoor');
  await page.getByRole('textbox', { name: 'Query condition' }).fill("deviceId != 'nobody'");
  await submitButton(page).click();

  const jobId = await jobIdInAddress(page);
  const job = await api.finished(jobId);
  expect(job.status).toBe('completed');
  expect(job.outcomes.succeeded).toBe(simulatedDevices);
});

test('A refused form comes back with its content and the reason', async ({ page, api }) => {
  const method = page.getByLabel('Method name');
  const payload = page.getByRole('textbox', { name: 'Payload' });
  const query = page.getByRole('textbox', { name: 'Query condition' });
  const jobsBefore = (await api.jobs()).length;

  await page.goto('/jobs/new');
  await method.fill('lockDoor');
  await payload.fill('{"mode": night}');
  await query.fill("deviceId = 'door-0001'");
  await submitButton(page).click();
  await expect(page.getByRole('alert').filter({ hasText: 'This is not JSON' })).toContainText(/column \d+/i);
  await expect(method).toHaveValue('lockDoor');
  await expect(payload).toHaveValue('{"mode": night}');
  await expect(query).toHaveValue("deviceId = 'door-0001'");

  await payload.fill('{"mode": "night"}');
  await query.fill("deviceId == 'door-0001'");
  await submitButton(page).click();
  await expect(page.getByRole('alert').filter({ hasText: /column \d+/i }).first()).toBeVisible();
  await expect(query).toHaveValue("deviceId == 'door-0001'");
  await expect(query).toHaveAttribute('aria-invalid', 'true');
  expect(await api.jobs(), 'nothing has been created').toHaveLength(jobsBefore);
});

test('I cancel a planned job without JavaScript', async ({ page, api }) => {
  const { jobId } = await api.createJob(lockDoors({ startTime: tomorrow() }));
  await page.goto(`/jobs/${jobId}`);
  await page.getByRole('button', { name: /^Cancel job/ }).click();
  const dialog = page.getByRole('dialog', { name: `Cancel ${jobId}?` });
  await dialog.getByRole('button', { name: /^Cancel job/ }).click();
  await expect(page.getByRole('main').getByText('Cancelled', { exact: true }).first()).toBeVisible();
  await expect(dialog).toHaveCount(0);
  expect((await api.job(jobId)).status).toBe('cancelled');
});
