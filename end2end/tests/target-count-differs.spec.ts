import { lockDoors } from '../support/api.ts';
import { expect, test } from '../support/app.ts';
import { expectJobPage, expectSubmit, jobIdInAddress, jobPageReady, submitButton } from '../support/jobs.ts';

test('A job says when it ran on another number of devices than the form counted', async ({ page, api, simulatedDevices }) => {
  const notice = page.getByRole('status').filter({ hasText: 'than the preview counted' });
  await page.goto("/jobs/new?method=lockDoor&query=deviceId != 'nobody'");
  await expectSubmit(page, `Run lockDoor on ${simulatedDevices} devices`);
  await submitButton(page).click();
  const same = await jobIdInAddress(page);
  await jobPageReady(page);
  await api.finished(same);
  await expectJobPage(page, same);
  await expect(notice).toHaveCount(0);

  // As if two devices had been added since the form counted.
  const request = { ...lockDoors(), expectedDevices: simulatedDevices - 2 };
  const { jobId } = await api.createJob(request);
  await page.goto(`/jobs/${jobId}`);
  await expect(notice).toContainText('2 devices more than the preview counted.');
  await expect(notice).toContainText(`${simulatedDevices - 2} were counted before`);
});
