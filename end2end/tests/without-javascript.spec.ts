import { expect, test } from '../support/app.ts';
import { lockDoors } from '../support/api.ts';
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
