import { expect, test } from '../support/app.ts';
import { expectNoFindings } from '../support/axe.ts';
import { expectState, jobIdInAddress } from '../support/jobs.ts';
import { expectNoSidewaysScroll } from '../support/layout.ts';

const DOORS = 20;
// Another size than the other stories', and so a server of its own: this one has never seen a job.
test.use({ simulatedDevices: DOORS });

test('On a new console one click locks the simulated doors', async ({ page, api }) => {
  await page.goto('/');
  await expect(page.getByRole('heading', { name: /No jobs yet/ })).toBeVisible();
  await expectNoFindings(page);
  await expectNoSidewaysScroll(page);
  await page.getByRole('button', { name: `Run lockDoor on ${DOORS} simulated devices` }).click();

  const jobId = await jobIdInAddress(page);
  await expectState(page, 'Succeeded', DOORS, 45_000);
  expect((await api.finished(jobId)).status).toBe('completed');
});
