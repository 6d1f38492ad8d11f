import { lockDoors, tomorrow } from '../support/api.ts';
import { expect, test } from '../support/app.ts';
import { cancelDialog, expectState, jobIdInAddress, submitButton } from '../support/jobs.ts';

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

test('I plan a job on every device without JavaScript: its number is asked for, the time is UTC', async ({ page, api, simulatedDevices }) => {
  await page.goto('/jobs/new');
  await page.getByLabel('Method name').fill('lockDoor');
  await page.getByRole('radio', { name: 'Every device' }).check();
  await page.getByRole('radio', { name: 'At a set time' }).check();
  const start = `${tomorrow().slice(0, 10)} 18:30`;
  await page.getByLabel('Date and time', { exact: true }).fill(start);
  await submitButton(page).click();
  await expect(page.getByRole('alert').filter({ hasText: `Type ${simulatedDevices}, the number of devices` })).toBeVisible();
  await expect(page.getByLabel('Date and time', { exact: true })).toHaveValue(start);
  await page.getByLabel(`Type ${simulatedDevices} to confirm`).fill(String(simulatedDevices));
  await submitButton(page).click();

  const job = await api.job(await jobIdInAddress(page));
  expect(Date.parse(job.startTime ?? '')).toBe(Date.parse(`${start.replace(' ', 'T')}Z`));
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
  await expect(page.getByText(/^Column \d+\. This is no value\./)).toHaveCount(1);
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
  const dialog = cancelDialog(page, jobId);
  await dialog.getByRole('button', { name: /^Cancel job/ }).click();
  await expect(page.getByRole('main').getByText('Cancelled', { exact: true }).first()).toBeVisible();
  await expect(dialog).toHaveCount(0);
  expect((await api.job(jobId)).status).toBe('cancelled');
});

test('I call a method without JavaScript, and see what became of it', async ({ page, api }) => {
  const device = 'door-0002';
  const invoke = page.getByRole('region', { name: 'Invoke a direct method' });
  const calls = page.getByRole('list', { name: 'Activity' }).getByRole('listitem').filter({ hasText: 'direct call' });
  await page.goto(`/devices/${device}`);
  const before = await calls.count();
  await invoke.getByLabel('Method').fill('lockDoor');
  await invoke.getByRole('button', { name: 'Invoke' }).click();
  await expect(invoke).toContainText(/200 in \d/);
  await expect(invoke.getByLabel('Method'), 'to call it once more').toHaveValue('lockDoor');
  await expect(calls).toHaveCount(before + 1);
  await expect(calls.first()).toContainText('200');

  await api.simulate({ offlineShare: 1 });
  await api.connected(0);
  await invoke.getByRole('button', { name: 'Invoke' }).click();
  await expect(invoke).toContainText('404103, device not online');
  await expect(calls).toHaveCount(before + 2);
});

test('A page that would follow its job offers to be loaded again', async ({ page, api }) => {
  const { jobId, end } = await api.createOpenJob();
  await page.goto(`/jobs/${jobId}`);
  await expect(page.getByText('Connecting').filter({ visible: true })).toHaveCount(0);
  await end();
  await api.finished(jobId);
  await page.getByText('Not updated without JavaScript.').getByRole('link', { name: 'Reload' }).click();
  await expect(page.getByRole('main').getByText('Completed', { exact: true }).first()).toBeVisible();
});
