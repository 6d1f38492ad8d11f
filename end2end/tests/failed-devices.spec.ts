import { expectCountsToAddUp, lockDoors } from '../support/api.ts';
import { expect, test } from '../support/app.ts';
import { deviceRow, expectState, stateChip } from '../support/jobs.ts';
import { deviceJobTable, expectRow } from '../support/table.ts';

test('I see which devices failed and why', async ({ page, api, simulatedDevices }) => {
  await api.simulate({ errorShare: 0.4, seed: 43 });
  const { jobId } = await api.createJob(lockDoors());
  const job = await api.finished(jobId);
  expectCountsToAddUp(job);
  const failed = (await api.results(jobId)).filter((result) => result.outcome === 'failed');
  expect(failed.length, 'some devices fail').toBeGreaterThan(0);
  expect(failed.length, 'and some do not').toBeLessThan(simulatedDevices);

  await page.goto(`/jobs/${jobId}`);
  await expectState(page, 'Failed', failed.length);
  await expectState(page, 'Succeeded', simulatedDevices - failed.length);

  await stateChip(page, 'Failed').click();
  await expect(page).toHaveURL(/state=failed/);
  const one = failed[0];
  const code = String(one?.response?.status ?? one?.error?.code);
  const expectFailed = () =>
    expectRow(deviceJobTable(page), { Device: one?.deviceId ?? 'none', State: 'Failed', Result: code });
  await expectFailed();

  await page.reload();
  await test.step('the filter is in the address', expectFailed);
  await deviceRow(page, one?.deviceId ?? 'none').getByRole('link').click();
  const drawer = page.getByRole('complementary', { name: `Device ${one?.deviceId}` });
  await expect(drawer).toContainText(code);
  await expect(drawer, 'both views are shown').toContainText('Hub says');
  await expect(page).toHaveURL(new RegExp(`device=${one?.deviceId}`));
  await page.goto(page.url());
  await expect(drawer, 'the drawer is in the address').toContainText(code);
  await drawer.getByRole('link', { name: 'Close device' }).click();
  await expect(drawer).toHaveCount(0);
  await page.goBack();
  await expect(drawer, 'Back opens it again').toBeVisible();

  const succeeded = (await api.results(jobId)).find((result) => result.outcome === 'succeeded');
  await expect(deviceRow(page, succeeded?.deviceId ?? 'none')).toHaveCount(0);
});

test('A device that does not answer times out with the hub\'s code', async ({ page, api, simulatedDevices }) => {
  await api.simulate({ silentShare: 1 });
  const { jobId } = await api.createJob(
    lockDoors({ cloudToDeviceMethod: { methodName: 'lockDoor', responseTimeoutInSeconds: 5 } }),
  );
  await page.goto(`/jobs/${jobId}`);
  await expectState(page, 'Timed out', simulatedDevices, 45_000);
  await expect(page.getByRole('main').getByText('504101').first()).toBeVisible();
  expectCountsToAddUp(await api.finished(jobId));
});
