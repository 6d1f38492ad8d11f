import { expectCountsToAddUp } from '../support/api.ts';
import { expect, markDocument, test } from '../support/app.ts';
import { deviceRow, expectState, jobIdInAddress, submitButton, targetEveryDevice } from '../support/jobs.ts';

test('I lock every door and see each device succeed, live', async ({ page, api, simulatedDevices }) => {
  await page.goto('/jobs');
  await page.getByRole('main').getByRole('link', { name: 'New job' }).click();
  await page.getByLabel('Method name').fill('lockDoor');
  await targetEveryDevice(page);

  const run = submitButton(page);
  await expect(run, 'the button names action and number').toHaveText(`Run lockDoor on ${simulatedDevices} devices`);
  await run.click();

  const jobId = await jobIdInAddress(page);
  const expectSameDocument = await markDocument(page);
  await expectState(page, 'Succeeded', simulatedDevices, 45_000);
  for (const state of ['Failed', 'Timed out', 'Not online', 'In flight', 'Queued']) await expectState(page, state, 0);
  await expect(page.getByRole('main').getByText('Completed', { exact: true }).first()).toBeVisible();

  const results = await api.results(jobId);
  expect(results.map((result) => result.outcome)).toEqual(Array(simulatedDevices).fill('succeeded'));
  await expect(deviceRow(page, results[0]?.deviceId ?? 'none')).toContainText('Succeeded');
  expectCountsToAddUp(await api.job(jobId));
  await expectSameDocument();
});
