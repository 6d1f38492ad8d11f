import { expectCountsToAddUp, lockDoors } from '../support/api.ts';
import { expect, markDocument, test } from '../support/app.ts';
import { deviceRow, expectState, expectSubmit, jobIdInAddress, liveBadge, submitButton, targetEveryDevice } from '../support/jobs.ts';

test('I lock every door and see each device succeed, live', async ({ page, api, simulatedDevices }) => {
  await page.goto('/jobs');
  await page.getByRole('main').getByRole('link', { name: 'New job' }).click();
  await page.getByLabel('Method name').fill('lockDoor');
  await targetEveryDevice(page);

  await expectSubmit(page, `Run lockDoor on ${simulatedDevices} devices`);
  await submitButton(page).click();

  const jobId = await jobIdInAddress(page);
  const expectSameDocument = await markDocument(page);
  await expect(liveBadge(page, 'Live')).toBeVisible();
  await expectState(page, 'Succeeded', simulatedDevices, 45_000);
  for (const state of ['Failed', 'Timed out', 'Not online', 'Cancelled']) await expectState(page, state, 0);
  await expect(page.getByRole('main').getByText('Completed', { exact: true }).first()).toBeVisible();

  const results = await api.results(jobId);
  expect(results.map((result) => result.outcome)).toEqual(Array(simulatedDevices).fill('succeeded'));
  await expect(deviceRow(page, results[0]?.deviceId ?? 'none')).toContainText('Succeeded');
  expectCountsToAddUp(await api.job(jobId));
  await expectSameDocument();
});

test('The list of jobs follows a job that somebody else has started', async ({ page, api, simulatedDevices }) => {
  await api.finished((await api.createJob(lockDoors())).jobId);
  await api.simulate({ latencyMs: 1_000 });
  await page.goto('/jobs');
  await expect(liveBadge(page, 'Live')).toBeVisible();
  const expectSameDocument = await markDocument(page);

  const { jobId } = await api.createJob(lockDoors());
  await page.getByRole('button', { name: 'Show 1 newer job' }).click();
  const row = page.getByRole('row').filter({ hasText: jobId });
  await expect(row).toContainText('Completed', { timeout: 45_000 });
  await expect(row).toContainText(`${simulatedDevices}`);
  await expectSameDocument();
});
