import { expectCountsToAddUp, lockDoors } from '../support/api.ts';
import { expect, markDocument, test } from '../support/app.ts';
import { confirmNumber, expectState, expectSubmit, jobIdInAddress, liveBadge, submitButton, targetEveryDevice, upToDate } from '../support/jobs.ts';
import { deviceJobTable, expectRow, jobTable } from '../support/table.ts';

test('I run a method on every device and see each succeed, live', async ({ page, api, simulatedDevices }) => {
  await page.goto('/jobs');
  await page.getByRole('main').getByRole('link', { name: 'New job' }).click();
  await page.getByLabel('Method name').fill('lockDoor');
  await targetEveryDevice(page);

  await expectSubmit(page, `Run lockDoor on ${simulatedDevices} devices`);
  await submitButton(page).click();
  await confirmNumber(page, simulatedDevices);

  const jobId = await jobIdInAddress(page);
  const expectSameDocument = await markDocument(page);
  await expect(upToDate(page)).toBeVisible();
  await expectState(page, 'Succeeded', simulatedDevices, 45_000);
  for (const state of ['Failed', 'Timed out', 'Not online', 'Cancelled']) await expectState(page, state, 0);
  await expect(page.getByRole('main').getByText('Completed', { exact: true }).first()).toBeVisible();

  const results = await api.results(jobId);
  expect(results.map((result) => result.outcome)).toEqual(Array(simulatedDevices).fill('succeeded'));
  await expectRow(deviceJobTable(page), { Device: results[0]?.deviceId ?? 'none', State: 'Succeeded' });
  expectCountsToAddUp(await api.job(jobId));
  await expectSameDocument();
});

test('The list of jobs shows a job that another client has started', async ({ page, api, simulatedDevices }) => {
  await api.finished((await api.createJob(lockDoors())).jobId);
  await api.simulate({ latencyMs: 1_000 });
  await page.goto('/jobs');
  await expect(liveBadge(page, 'Live')).toBeVisible();
  const expectSameDocument = await markDocument(page);

  const { jobId } = await api.createJob(lockDoors());
  await page.getByRole('button', { name: 'Show 1 newer job' }).click();
  const progress = `${simulatedDevices} of ${simulatedDevices}`;
  await expectRow(jobTable(page), { Job: jobId, Status: 'Completed', Progress: progress }, 45_000);
  await expectSameDocument();
});
