import { expect, test } from '../support/app.ts';
import { expectNoFindings } from '../support/accessibility.ts';
import { expectState, jobIdInAddress } from '../support/jobs.ts';
import { expectNoHorizontalScroll } from '../support/overflow.ts';

const DEVICES = 20;
// Another size than the other stories', and so a server of its own: it begins with no job.
test.use({ simulatedDevices: DEVICES });

test('On a new console one click runs a job on the simulated devices', async ({ page, api }) => {
  await page.goto('/');
  await expect(page.getByRole('heading', { name: /No jobs yet/ })).toBeVisible();
  await expectNoFindings(page);
  await expectNoHorizontalScroll(page);
  await page.getByRole('button', { name: `Run lockDoor on ${DEVICES} simulated devices` }).click();

  const jobId = await jobIdInAddress(page);
  await expectState(page, 'Succeeded', DEVICES, 45_000);
  expect((await api.finished(jobId)).status).toBe('completed');
});
