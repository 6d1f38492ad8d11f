import { type Api, expectCountsToAddUp, lockDoors, type Outcome, tomorrow } from '../support/api.ts';
import { expect, NOBODY_THERE, test } from '../support/app.ts';
import { watchCounts } from '../support/frames.ts';
import { expectState, jobListReady, jobPageReady, liveBadge, stateChip } from '../support/jobs.ts';

// Another size than the other stories', and so a server of its own: it is killed here.
const DOORS = 45;
test.use({
  simulatedDevices: DOORS,
  allowedComplaints: NOBODY_THERE,
});

/** States as the API and as a person says them. */
const WORDS: [Outcome, string][] = [
  ['succeeded', 'Succeeded'],
  ['failed', 'Failed'],
  ['timedOut', 'Timed out'],
  ['notOnline', 'Not online'],
  ['cancelled', 'Cancelled'],
];

/** Doors of every kind, whose answers come one by one over some seconds. */
async function mixedDoors(api: Api): Promise<void> {
  await api.simulate({ latencyMs: { p50: 1_200, p95: 3_000 }, errorShare: 0.2, silentShare: 0.1, offlineShare: 0.2, seed: 7 });
  await expect
    .poll(async () => (await api.simulator()).connected, { message: 'some doors are offline' })
    .toBeLessThan(DOORS);
}

const mixedJob = lockDoors({ cloudToDeviceMethod: { methodName: 'lockDoor', responseTimeoutInSeconds: 5 } });

function tally(outcomes: Outcome[]): Partial<Record<Outcome, number>> {
  return Object.fromEntries(WORDS.map(([state]) => [state, outcomes.filter((each) => each === state).length]));
}

test('Every frame of a run adds up, on both pages, and in the end everything says the same', async ({ page, context, api, server }) => {
  // Both pages are open before the job begins, so that they see all of it.
  await api.finished((await api.createJob(lockDoors({ queryCondition: "deviceId = 'nobody'" }))).jobId);
  await mixedDoors(api);
  const jobId = `in-every-frame-${Date.now()}`;
  const list = await context.newPage();
  const jobFrames = await watchCounts(page, jobId, DOORS);
  const listFrames = await watchCounts(list, jobId, DOORS);
  for (const each of [page, list]) {
    await each.goto('/jobs');
    await jobListReady(each);
  }
  await api.createJob({ ...mixedJob, jobId });
  for (const each of [list, page]) await each.getByRole('button', { name: 'Show 1 newer job' }).click();
  await page.getByRole('link', { name: jobId, exact: true }).click();
  await jobPageReady(page);

  const { outcomes } = await api.finished(jobId);
  for (const [state, word] of WORDS) await expectState(page, word, outcomes[state]);
  const row = list.getByRole('row').filter({ hasText: jobId });
  await expect(row).toContainText('With failures');
  expect((await jobFrames()).different, 'the counts moved while they were looked at').toBeGreaterThan(3);
  expect((await listFrames()).different, 'on the list too').toBeGreaterThan(3);

  // One truth: list, page, API and files, state by state.
  expectCountsToAddUp(await api.job(jobId));
  const wanted = Object.fromEntries(WORDS.map(([state]) => [state, outcomes[state]]));
  for (const state of ['succeeded', 'failed', 'timedOut', 'notOnline'] as const) {
    expect(outcomes[state], `the run has devices that ended as ${state}`).toBeGreaterThan(0);
  }
  expect(tally((await api.results(jobId)).map(({ outcome }) => outcome))).toEqual(wanted);
  const file = async (ending: string) => (await fetch(`${server.url}/api/v1/jobs/${jobId}/devices.${ending}`)).text();
  expect(tally((JSON.parse(await file('json')) as { outcome: Outcome }[]).map(({ outcome }) => outcome))).toEqual(wanted);
  const [head, ...lines] = (await file('csv')).trim().split(/\r?\n/);
  const column = head?.split(',').indexOf('outcome') ?? -1;
  expect(tally(lines.map((line) => line.split(',')[column] as Outcome))).toEqual(wanted);
  const words = await row.getByRole('img').getAttribute('aria-label');
  for (const [state, word] of WORDS) {
    if (outcomes[state] > 0) expect(words).toContain(`${outcomes[state]} ${word.toLowerCase()}`);
  }
});

test('Every frame adds up while a planned job is cancelled', async ({ page, context, api }) => {
  const deviceIds = (await api.devices()).map(({ deviceId }) => deviceId).slice(0, 20);
  const { jobId } = await api.createJob({ ...lockDoors({ startTime: tomorrow() }), queryCondition: '', deviceIds });
  const list = await context.newPage();
  const jobFrames = await watchCounts(page, jobId, deviceIds.length);
  const listFrames = await watchCounts(list, jobId, deviceIds.length);
  await list.goto('/jobs');
  await jobListReady(list);
  await page.goto(`/jobs/${jobId}`);
  await jobPageReady(page);
  await expectState(page, 'Queued', deviceIds.length);

  await page.getByRole('button', { name: 'Cancel job…' }).click();
  await page.getByRole('button', { name: `Cancel job, ${deviceIds.length} devices unsent` }).click();
  await expectState(page, 'Cancelled', deviceIds.length);
  await expect(stateChip(page, 'Queued'), 'nothing stays open').toBeHidden();
  await expect(list.getByRole('row').filter({ hasText: jobId })).toContainText('Cancelled');
  for (const frames of [await jobFrames(), await listFrames()]) {
    expect(frames.different, 'before and after').toBeGreaterThan(1);
  }
  expect((await api.results(jobId)).map(({ outcome }) => outcome)).toEqual(deviceIds.map(() => 'cancelled'));
});

test('Every frame adds up while the server is killed and both pages catch up', async ({ page, context, api, server }) => {
  await api.connected(DOORS);
  // Some answers are there before the crash, the others never come.
  await api.simulate({ latencyMs: { p50: 2_500, p95: 20_000 }, seed: 7 });
  const { jobId } = await api.createJob(lockDoors());
  const list = await context.newPage();
  const jobFrames = await watchCounts(page, jobId, DOORS);
  const listFrames = await watchCounts(list, jobId, DOORS);
  await page.goto(`/jobs/${jobId}`);
  await list.goto('/jobs');
  for (const each of [page, list]) await expect(liveBadge(each, 'Live')).toBeVisible();
  await api.jobWhen(jobId, 'has answers and waits for others', (job) => job.outcomes.succeeded > 5);

  await server.stop('SIGKILL');
  await expect(liveBadge(page, /^Stale since/)).toBeVisible();
  await server.startAgain();
  const { outcomes } = await api.finished(jobId);
  await expectState(page, 'Interrupted', outcomes.interrupted);
  await expectState(page, 'Succeeded', outcomes.succeeded);
  await expect(list.getByRole('row').filter({ hasText: jobId })).toContainText(`${DOORS} of ${DOORS}`);
  for (const frames of [await jobFrames(), await listFrames()]) expect(frames.different).toBeGreaterThan(1);
});
