import { lockDoors } from '../support/api.ts';
import { expect, test } from '../support/app.ts';
import { expectSubmit, jobListReady, jobMenu } from '../support/jobs.ts';

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
  await jobMenu(page, jobId).click();
  await row.getByRole('link', { name: 'Start another like this' }).click();

  await expect(page).toHaveURL(new RegExp(`from=${jobId}`));
  await expect(page.getByLabel('Method name')).toHaveValue('unlockDoor');
  await expect(page.getByRole('textbox', { name: 'Payload' })).toHaveValue('{\n  "mode": "drill"\n}');
  await expect(page.getByRole('textbox', { name: 'Query condition' })).toHaveValue("deviceId != 'nobody'");
  await expect(page.getByLabel('Response timeout')).toHaveValue('20');
  await expectSubmit(page, `Run unlockDoor on ${simulatedDevices} devices`);
});
