import { expectCountsToAddUp, lockDoors, tomorrow } from '../support/api.ts';
import { expect, markDocument, SERVER_DOWN, test } from '../support/app.ts';
import { expectState, liveBadge, upToDate } from '../support/jobs.ts';

// Another size than the other stories', and so a server of its own: it is killed here.
const DEVICES = 40;
test.use({
  simulatedDevices: DEVICES,
  allowedProblems: SERVER_DOWN,
});

test('The server is killed during a job and nothing is lost', async ({ page, api, server }) => {
  // Slow devices: the page is open and the server is killed before the first one answers.
  await api.simulate({ latencyMs: 20_000 });
  const finished = await api.createJob(lockDoors({ queryCondition: "deviceId = 'nobody'" }));
  await api.finished(finished.jobId);
  const planned = await api.createJob(lockDoors({ startTime: tomorrow() }));
  const { jobId } = await api.createJob(lockDoors());
  await api.jobWhen(jobId, 'has devices in flight', (job) => job.outcomes.inFlight > 0);
  await page.goto(`/jobs/${jobId}`);
  const expectSameDocument = await markDocument(page);
  await expect(liveBadge(page, 'Live')).toBeVisible();

  await server.stop('SIGKILL');
  await expect(liveBadge(page, /^Stale since/), 'the page says so').toBeVisible();
  await server.startAgain();

  const job = await api.finished(jobId);
  expectCountsToAddUp(job);
  const { succeeded, interrupted } = job.outcomes;
  expect(succeeded + interrupted, 'each device ended once: answered, or interrupted').toBe(DEVICES);
  expect(interrupted, 'unanswered calls are not sent again').toBeGreaterThan(0);
  const results = await api.results(jobId);
  expect(new Set(results.map((result) => result.deviceId)).size).toBe(DEVICES);
  expect(results).toHaveLength(DEVICES);

  expect((await api.job(planned.jobId)).status, 'still scheduled').toBe('scheduled');
  expect((await api.job(finished.jobId)).status).toBe('completed');

  await expect(upToDate(page), 'the page has caught up by itself').toBeVisible({ timeout: 45_000 });
  await expectState(page, 'Interrupted', interrupted);
  await expectState(page, 'Succeeded', succeeded);
  await expectSameDocument();
});
