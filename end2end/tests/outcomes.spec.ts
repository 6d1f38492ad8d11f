import { type Page } from '@playwright/test';
import { expectCountsToAddUp, lockDoors, type Outcome, tomorrow } from '../support/api.ts';
import { expect, test } from '../support/app.ts';
import { deviceRow, deviceRows, expectState, jobPageReady, stateChip } from '../support/jobs.ts';
import { deviceJobTable, expectRow } from '../support/table.ts';

// Another size than the other stories', and so a server of its own: it is killed here.
const DEVICES = 36;
test.use({
  simulatedDevices: DEVICES,
  // The browser's errors while the server is down.
  allowedProblems: /ERR_/,
});

/** Every outcome as the chip, the row and the panel of a device explain it. */
const EXPLAINED: Record<'succeeded' | 'failed' | 'timedOut' | 'notOnline' | 'cancelled' | 'interrupted', [string, RegExp, string]> = {
  succeeded: ['Succeeded', /locked/, 'an answer arrived'],
  failed: ['Failed', /BOLT_JAMMED/, 'an answer arrived; its status says that it failed'],
  timedOut: ['Timed out', /504101\s*no answer in time/, 'no answer arrived'],
  notOnline: ['Not online', /404103\s*device not online/, 'no answer arrived'],
  cancelled: ['Cancelled', /never sent/, 'it was never sent'],
  interrupted: ['Interrupted', /the hub stopped during the call; the device may or may not have acted/, 'the device may or may not have acted'],
};

/** The chip leads to a device with the outcome; its row and its panel explain it. */
async function expectExplained(page: Page, outcome: keyof typeof EXPLAINED, count: number): Promise<void> {
  const [word, row, hub] = EXPLAINED[outcome];
  await expectState(page, word, count);
  await stateChip(page, word).click();
  await expect(deviceRows(page)).toHaveCount(count);
  const device = await deviceRows(page).first().innerText();
  await expectRow(deviceJobTable(page), { Device: device, State: word, Result: row });
  await deviceRow(page, device).getByRole('link').click();
  const drawer = page.getByRole('complementary', { name: `Device ${device}` });
  await expect(drawer).toContainText(word);
  await expect(drawer.getByRole('definition').filter({ hasText: hub }), 'what the hub says of it').toBeVisible();
  await drawer.getByRole('link', { name: 'Close device' }).click();
  await expect(drawer).toHaveCount(0);
}

test('Every outcome of a call is shown with its explanation', async ({ page, api }) => {
  await api.connected(DEVICES);
  await api.simulate({ errorShare: 0.25, silentShare: 0.25, offlineShare: 0.25, seed: 7 });
  await expect.poll(async () => (await api.simulator()).connected, { message: 'some devices are offline' }).toBeLessThan(DEVICES - 3);
  const { jobId } = await api.createJob(
    lockDoors({ cloudToDeviceMethod: { methodName: 'lockDoor', responseTimeoutInSeconds: 5 } }),
  );
  const job = await api.finished(jobId);
  expectCountsToAddUp(job);
  await page.goto(`/jobs/${jobId}`);
  await jobPageReady(page);
  for (const outcome of ['succeeded', 'failed', 'timedOut', 'notOnline'] as const) {
    expect(job.outcomes[outcome], outcome).toBeGreaterThan(0);
    await expectExplained(page, outcome, job.outcomes[outcome]);
  }
});

test('Devices of a cancelled job, and of one that a crash interrupted, say so', async ({ page, api, server }) => {
  await api.connected(DEVICES);
  const deviceIds = (await api.devices()).map(({ deviceId }) => deviceId).slice(0, 5);
  const planned = await api.createJob({ ...lockDoors({ startTime: tomorrow() }), queryCondition: '', deviceIds });
  await fetch(`${server.url}/api/v1/jobs/${planned.jobId}/cancel`, { method: 'POST' });
  await api.finished(planned.jobId);
  await page.goto(`/jobs/${planned.jobId}`);
  await jobPageReady(page);
  await expectExplained(page, 'cancelled', deviceIds.length);

  await api.simulate({ latencyMs: 60_000 });
  const { jobId } = await api.createJob(lockDoors());
  await api.jobWhen(jobId, 'is under way', (job) => job.outcomes.inFlight === DEVICES);
  await server.stop('SIGKILL');
  await server.startAgain();
  await api.finished(jobId);
  await page.goto(`/jobs/${jobId}`);
  await jobPageReady(page);
  await expectExplained(page, 'interrupted', DEVICES);
});

test('No device stays queued or in flight when the time of a job is over', async ({ page, api }) => {
  await api.connected(DEVICES);
  // Devices that never answer, in calls that would wait for minutes.
  await api.simulate({ silentShare: 1 });
  const { jobId } = await api.createJob(
    lockDoors({ cloudToDeviceMethod: { methodName: 'lockDoor', responseTimeoutInSeconds: 200 }, maxExecutionTimeInSeconds: 8 }),
  );
  await api.jobWhen(jobId, 'waits for every device', ({ outcomes }) => outcomes.inFlight === DEVICES);
  await page.goto(`/jobs/${jobId}`);
  await jobPageReady(page);
  const job = await api.finished(jobId);
  const open: Outcome[] = ['queued', 'inFlight'];
  for (const state of open) expect(job.outcomes[state], state).toBe(0);
  for (const word of ['Queued', 'In flight']) await expect(stateChip(page, word)).toBeHidden();
  await expect(page.getByRole('region', { name: 'Causes' }), 'and the page says why').toContainText('MaxExecutionTimeExceeded');
  const device = await deviceRows(page).first().innerText();
  await expectRow(deviceJobTable(page), { Device: device, Result: 'maxExecutionTimeInSeconds' });
});
