import { type Api, expectCountsToAddUp, lockDoors } from '../support/api.ts';
import { expect, test } from '../support/app.ts';
import { cancelDialog, expectState, jobListReady, jobPageReady } from '../support/jobs.ts';

/** Of these many doors each is in a part of its own, and the hub runs fewer parts at once. */
const DOORS = 20;
/** As many ids as fill a part. They do not exist, so only the door of a part keeps it running. */
const BETWEEN = 430;

/** A job of many parts, each of which runs until its door has not answered in time. */
async function jobOfParts(api: Api): Promise<string> {
  await api.simulate({ silentShare: 1, seed: 7 });
  const doors = (await api.devices()).map(({ deviceId }) => deviceId).sort().slice(0, DOORS);
  expect(doors).toHaveLength(DOORS);
  const deviceIds = doors.flatMap((door) => [
    door,
    ...Array.from({ length: BETWEEN }, (_, number) => `${door}-x${String(number).padStart(4, '0')}`),
  ]);
  const method = { methodName: 'unlockDoor', responseTimeoutInSeconds: 40 };
  const job = await api.createJob({ ...lockDoors({ cloudToDeviceMethod: method }), queryCondition: '', deviceIds });
  return job.jobId;
}

test('I stop a running job: what was not sent stays unsent', async ({ page, api }) => {
  const jobId = await jobOfParts(api);
  await api.jobWhen(jobId, 'runs some of its parts', ({ status, outcomes }) => status === 'running' && outcomes.inFlight > 1);
  await page.goto(`/jobs/${jobId}`);
  await jobPageReady(page);
  await page.getByRole('button', { name: 'Stop job…' }).click();
  const dialog = cancelDialog(page, jobId, 'Stop');
  const queued = dialog.getByRole('definition').first();
  await expect(queued).toContainText(/[Ww]ill not be sent\./);
  await expect(dialog.getByText('Cannot be cancelled.')).toBeVisible();
  await expect(dialog.getByRole('button', { name: 'Keep job' }), 'the safe choice has the focus').toBeFocused();
  await dialog.getByRole('button', { name: 'Keep job' }).click();
  await expect(dialog).toBeHidden();

  // The row of the list offers the same.
  await page.goto('/jobs');
  await jobListReady(page);
  const stop = page.getByRole('row').filter({ hasText: jobId }).getByRole('link', { name: /^Stop / });
  await stop.click();
  await expect(queued).toContainText(/[Ww]ill not be sent\./);
  await dialog.getByRole('button', { name: /^Stop job, [\d,]+ devices unsent$/ }).click();
  await expect(dialog).toBeHidden();
  await expect(stop, 'there is no more to stop').toHaveCount(0);

  await page.goto(`/jobs/${jobId}`);
  await jobPageReady(page);
  await expect(page.getByText(/^Stopping: [\d,]+ devices not sent\./), 'what still happens is said').toBeVisible();
  await expect(page.getByRole('button', { name: 'Stop job…' }), 'there is no more to stop').toBeDisabled();
  const { outcomes } = await api.job(jobId);
  expect(outcomes.cancelled).toBeGreaterThan(BETWEEN);
  const job = await api.finished(jobId, 90_000);
  expectCountsToAddUp(job);
  expect(job.status).toBe('cancelled');
  expect(job.outcomes.cancelled, 'nothing was sent after the stop').toBe(outcomes.cancelled);
  await expectState(page, 'Cancelled', outcomes.cancelled);
  await expect(page.getByRole('button', { name: /that did not succeed$/ }), 'it can be rerun').toBeVisible();
});

test('A running job of one part says beside its button why it cannot be stopped', async ({ page, api, server }) => {
  const { jobId } = await api.createOpenJob();
  await api.jobWhen(jobId, 'runs', ({ status }) => status === 'running');
  await page.goto('/jobs');
  await jobListReady(page);
  const row = page.getByRole('row').filter({ hasText: jobId });
  await expect(row).toBeVisible();
  await expect(row.getByRole('link', { name: /^(Stop|Cancel) / }), 'the row offers nothing').toHaveCount(0);
  await page.goto(`/jobs/${jobId}`);
  await jobPageReady(page);
  await expect(page.getByRole('button', { name: 'Stop job…' })).toBeDisabled();
  await expect(page.getByText('The hub cannot stop a job that has begun. Time limit 10 min.')).toBeVisible();
  const answer = await fetch(`${server.url}/api/v1/jobs/${jobId}/cancel`, { method: 'POST' });
  expect(answer.status).toBe(409);
  expect(((await answer.json()) as { detail: string }).detail).toBe(
    `The job '${jobId}' has begun, and a hub cancels only what has not begun. It ends at the latest 600 s after its start (maxExecutionTimeInSeconds).`,
  );
});
