import { expectCountsToAddUp, lockDoors } from '../support/api.ts';
import { expect, markDocument, test } from '../support/app.ts';

// Another size than the other stories', and so a server of its own: it is killed here.
const DOORS = 40;
test.use({
  simulatedDevices: DOORS,
  // What a browser says while there is nobody to talk to.
  allowedComplaints: [/ERR_CONNECTION_REFUSED/, /ERR_CONNECTION_RESET/, /ERR_INCOMPLETE_CHUNKED_ENCODING/, /ERR_EMPTY_RESPONSE/],
});

test('The server is killed in the middle of a job and nothing is lost', async ({ page, api, server }) => {
  await api.simulate({ latencyMs: 3_000 });
  const finished = await api.createJob(lockDoors({ queryCondition: "deviceId = 'nobody'" }));
  await api.finished(finished.jobId);
  const planned = await api.createJob(lockDoors({ startTime: new Date(Date.now() + 24 * 3600 * 1000).toISOString() }));
  const { jobId } = await api.createJob(lockDoors());
  await api.jobWhen(jobId, 'has devices in flight', (job) => job.outcomes.inFlight > 0);
  await page.goto(`/jobs/${jobId}`);
  const expectSameDocument = await markDocument(page);

  await server.stop('SIGKILL');
  await expect(page.getByRole('status').filter({ hasText: /^(Stale|Catching up)/ }), 'the page says so').toBeVisible();
  await server.startAgain();

  const job = await api.finished(jobId);
  expectCountsToAddUp(job);
  const { succeeded, interrupted } = job.outcomes;
  expect(succeeded + interrupted, 'each door ended once: answered, or interrupted').toBe(DOORS);
  expect(interrupted, 'unanswered calls are not sent again').toBeGreaterThan(0);
  const results = await api.results(jobId);
  expect(new Set(results.map((result) => result.deviceId)).size).toBe(DOORS);
  expect(results).toHaveLength(DOORS);

  expect((await api.job(planned.jobId)).status, 'the plan stands').toBe('scheduled');
  expect((await api.job(finished.jobId)).status).toBe('completed');

  await expect(page.getByRole('main').getByText('Interrupted').first()).toBeVisible();
  await expectSameDocument();
});
