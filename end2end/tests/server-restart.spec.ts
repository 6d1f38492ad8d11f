import { expectCountsToAddUp, lockDoors } from '../support/api.ts';
import { expect, markDocument, NOBODY_THERE, ready, test, watch } from '../support/app.ts';
import { expectState, expectSubmit, jobIdInAddress, liveBadge, submitButton, targetEveryDevice } from '../support/jobs.ts';

// Another size than the other stories', and so a server of its own: it is stopped here.
const DOORS = 30;
test.use({ simulatedDevices: DOORS, allowedComplaints: NOBODY_THERE });

test('The server stops and returns while two pages are open, and both catch up', async ({ page, context, api, server }) => {
  await api.simulate({ latencyMs: 20_000 });
  const { jobId } = await api.createJob(lockDoors());
  await api.jobWhen(jobId, 'has devices in flight', (job) => job.outcomes.inFlight > 0);
  const list = await context.newPage();
  const complaints = watch(list);
  await page.goto(`/jobs/${jobId}`);
  await list.goto('/jobs');
  const pages = [page, list];
  const marks = [];
  for (const each of pages) {
    await expect(liveBadge(each, 'Live')).toBeVisible();
    marks.push(await markDocument(each));
  }

  await server.stop();
  for (const each of pages) {
    await expect(liveBadge(each, /^Stale since \d\d:\d\d:\d\d/), 'it says so').toBeVisible();
    await expect(each.getByText(/trying again/).first(), 'and when it tries again').toBeVisible();
    const bar = each.getByRole('contentinfo').getByRole('status');
    await expect(bar).toHaveText(/^The console does not answer since \d\d:\d\d:\d\d$/);
  }
  await expect(list.getByRole('row').filter({ hasText: jobId }), 'numbers stay').toContainText(`${DOORS}`);

  await server.startAgain();
  const job = await api.finished(jobId);
  expectCountsToAddUp(job);
  for (const each of pages) {
    await expect(liveBadge(each, 'Live'), 'it has caught up by itself').toBeVisible({ timeout: 45_000 });
    await expect(each.getByRole('contentinfo').getByRole('status')).toHaveText('Hub reachable');
  }
  // Both say what the API says: what ended while nobody could tell is on both pages.
  await expectState(page, 'Succeeded', job.outcomes.succeeded);
  if (job.outcomes.interrupted > 0) await expectState(page, 'Interrupted', job.outcomes.interrupted);
  const row = list.getByRole('row').filter({ hasText: jobId });
  await expect(row).toContainText(`${DOORS} of ${DOORS}`);
  await expect(row).toContainText(job.outcomes.succeeded === DOORS ? 'Completed' : 'With failures');
  for (const mark of marks) await mark();
  expect(complaints.filter((complaint) => !NOBODY_THERE.test(complaint))).toEqual([]);
});

test('A form keeps its content when the server is gone as it is sent', async ({ page, api, server }) => {
  await page.goto('/jobs/new');
  await ready(page);
  await page.getByLabel('Method name').fill('lockDoor');
  await page.getByRole('textbox', { name: 'Payload' }).fill('{"mode": "while you were out"}');
  await targetEveryDevice(page);
  await expectSubmit(page, `Run lockDoor on ${DOORS} devices`);
  await server.stop();
  await submitButton(page).click();
  await expect(page.getByRole('alert').first(), 'it says what happened').toBeVisible();
  await expect(page.getByLabel('Method name')).toHaveValue('lockDoor');
  await expect(page.getByRole('textbox', { name: 'Payload' })).toHaveValue('{"mode": "while you were out"}');

  await server.startAgain();
  await expect(page.getByRole('contentinfo').getByRole('status')).toHaveText('Hub reachable');
  await submitButton(page).click();
  const job = await api.finished(await jobIdInAddress(page));
  expect(job.cloudToDeviceMethod?.payload).toEqual({ mode: 'while you were out' });
});
