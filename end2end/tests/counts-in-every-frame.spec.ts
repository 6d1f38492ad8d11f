import { type Api, expectCountsToAddUp, lockDoors, type Outcome, tomorrow } from '../support/api.ts';
import { expect, SERVER_DOWN, test } from '../support/app.ts';
import { type Frames, watchCounts } from '../support/frame-counts.ts';
import { expectState, jobLink, jobListReady, jobPageReady, liveBadge, stateChip } from '../support/jobs.ts';
import { expectRow, jobTable } from '../support/table.ts';

// Another size than the other stories', and so a server of its own: it is killed here.
const DEVICES = 45;
test.use({
  simulatedDevices: DEVICES,
  allowedProblems: SERVER_DOWN,
});

/** States as in the API and as on the page. */
const LABELS: [Outcome, string][] = [
  ['succeeded', 'Succeeded'],
  ['failed', 'Failed'],
  ['timedOut', 'Timed out'],
  ['notOnline', 'Not online'],
  ['cancelled', 'Cancelled'],
];

/** Devices with every kind of outcome, which answer one by one over some seconds. */
async function mixedDevices(api: Api): Promise<void> {
  await api.simulate({ latencyMs: { p50: 1_200, p95: 3_000 }, errorShare: 0.2, silentShare: 0.1, offlineShare: 0.2, seed: 7 });
  await expect
    .poll(async () => (await api.simulator()).connected, { message: 'some devices are offline' })
    .toBeLessThan(DEVICES);
}

// Devices that do not answer keep the job running for this long, so that both pages show it.
const mixedJob = lockDoors({ cloudToDeviceMethod: { methodName: 'lockDoor', responseTimeoutInSeconds: 20 } });

/** Waits until the page has rendered at least `count` different sets of counts. */
async function expectDifferent(frames: () => Promise<Frames>, count: number, message: string): Promise<void> {
  await expect.poll(async () => (await frames()).different, { message }).toBeGreaterThanOrEqual(count);
}

function tally(outcomes: Outcome[]): Partial<Record<Outcome, number>> {
  return Object.fromEntries(LABELS.map(([state]) => [state, outcomes.filter((each) => each === state).length]));
}

test('Counts add up in every frame of a run, and list, page, API and exports agree in the end', async ({ page, context, api, server }) => {
  // Both pages are open before the job begins, so that they see all of it.
  await api.finished((await api.createJob(lockDoors({ queryCondition: "deviceId = 'nobody'" }))).jobId);
  await mixedDevices(api);
  const jobId = `in-every-frame-${Date.now()}`;
  const list = await context.newPage();
  const jobFrames = await watchCounts(page, jobId, DEVICES);
  const listFrames = await watchCounts(list, jobId, DEVICES);
  for (const each of [page, list]) {
    await each.goto('/jobs');
    await jobListReady(each);
  }
  await api.createJob({ ...mixedJob, jobId });
  for (const each of [list, page]) await each.getByRole('button', { name: 'Show 1 newer job' }).click();
  await jobLink(page, jobId).click();
  await jobPageReady(page);
  await expectDifferent(jobFrames, 1, 'the job page shows the run');
  await expectDifferent(listFrames, 1, 'the list shows the run');
  expect((await api.job(jobId)).status, 'the job is still running').toBe('running');

  const { outcomes } = await api.finished(jobId);
  for (const [state, word] of LABELS) await expectState(page, word, outcomes[state]);
  await expectRow(jobTable(list), { Job: jobId, Status: 'With failures', Progress: `${outcomes.succeeded} of ${DEVICES}` });
  await expectDifferent(jobFrames, 2, 'the job page shows the run and its end');
  await expectDifferent(listFrames, 2, 'the list shows the run and its end');

  // List, page, API and exports agree, state by state.
  expectCountsToAddUp(await api.job(jobId));
  const wanted = Object.fromEntries(LABELS.map(([state]) => [state, outcomes[state]]));
  for (const state of ['succeeded', 'failed', 'timedOut', 'notOnline'] as const) {
    expect(outcomes[state], `the run has devices that ended as ${state}`).toBeGreaterThan(0);
  }
  expect(tally((await api.results(jobId)).map(({ outcome }) => outcome))).toEqual(wanted);
  const file = async (ending: string) => (await fetch(`${server.url}/api/v1/jobs/${jobId}/devices.${ending}`)).text();
  expect(tally((JSON.parse(await file('json')) as { outcome: Outcome }[]).map(({ outcome }) => outcome))).toEqual(wanted);
  const [head, ...lines] = (await file('csv')).trim().split(/\r?\n/);
  const column = head?.split(',').indexOf('outcome') ?? -1;
  expect(tally(lines.map((line) => line.split(',')[column] as Outcome))).toEqual(wanted);
  const words = await list.getByRole('row').filter({ hasText: jobId }).getByRole('img').getAttribute('aria-label');
  for (const [state, word] of LABELS) {
    if (outcomes[state] > 0) expect(words).toContain(`${outcomes[state]} ${word.toLowerCase()}`);
  }
});

test('Counts add up in every frame while a scheduled job is cancelled', async ({ page, context, api }) => {
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
  await expectDifferent(jobFrames, 1, 'the job page shows the planned job');
  await expectDifferent(listFrames, 1, 'the list shows the planned job');

  await page.getByRole('button', { name: 'Cancel job…' }).click();
  await page.getByRole('button', { name: `Cancel job, ${deviceIds.length} devices unsent` }).click();
  await expectState(page, 'Cancelled', deviceIds.length);
  await expect(stateChip(page, 'Queued'), 'nothing stays open').toBeHidden();
  await expectRow(jobTable(list), { Job: jobId, Status: 'Cancelled' });
  for (const frames of [jobFrames, listFrames]) await expectDifferent(frames, 2, 'before and after the cancel');
  expect((await api.results(jobId)).map(({ outcome }) => outcome)).toEqual(deviceIds.map(() => 'cancelled'));
});

test('Counts add up in every frame while the server is killed and both pages catch up', async ({ page, context, api, server }) => {
  await api.connected(DEVICES);
  // Some devices answer before the crash, the others never do.
  await api.simulate({ latencyMs: { p50: 2_500, p95: 20_000 }, seed: 7 });
  const { jobId } = await api.createJob(lockDoors());
  const list = await context.newPage();
  const jobFrames = await watchCounts(page, jobId, DEVICES);
  const listFrames = await watchCounts(list, jobId, DEVICES);
  await page.goto(`/jobs/${jobId}`);
  await list.goto('/jobs');
  for (const each of [page, list]) await expect(liveBadge(each, 'Live')).toBeVisible();
  await api.jobWhen(jobId, 'has answers and waits for others', (job) => job.outcomes.succeeded > 5);
  for (const frames of [jobFrames, listFrames]) await expectDifferent(frames, 1, 'counts before the kill');

  await server.stop('SIGKILL');
  await expect(liveBadge(page, /^Stale since/)).toBeVisible();
  await server.startAgain();
  const { outcomes } = await api.finished(jobId);
  await expectState(page, 'Interrupted', outcomes.interrupted);
  await expectState(page, 'Succeeded', outcomes.succeeded);
  await expectRow(jobTable(list), { Job: jobId, Progress: `${outcomes.succeeded} of ${DEVICES}` });
  for (const frames of [jobFrames, listFrames]) await expectDifferent(frames, 2, 'counts before the kill and after');
});
