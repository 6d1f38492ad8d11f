import { expectCountsToAddUp, lockDoors } from '../support/api.ts';
import { expect, markDocument, SERVER_DOWN, ready, test } from '../support/app.ts';
import { confirmNumber, expectState, expectSubmit, jobIdInAddress, liveBadge, stateChip, submitButton, targetEveryDevice, upToDate } from '../support/jobs.ts';
import { expectRow, jobTable } from '../support/table.ts';

// Another size than the other stories', and so a server of its own: it is stopped here.
const DEVICES = 30;
test.use({ simulatedDevices: DEVICES, allowedProblems: SERVER_DOWN });

test('The server restarts while two pages are open, and both catch up', async ({ page, context, api, server }) => {
  await api.simulate({ latencyMs: 20_000 });
  const { jobId } = await api.createJob(lockDoors());
  await api.jobWhen(jobId, 'has devices in flight', (job) => job.outcomes.inFlight > 0);
  const list = await context.newPage();
  await page.goto(`/jobs/${jobId}`);
  await list.goto('/jobs');
  const pages = [page, list];
  const marks = [];
  for (const each of pages) {
    await expect(liveBadge(each, 'Live')).toBeVisible();
    marks.push(await markDocument(each));
  }

  await list.setViewportSize({ width: 390, height: 844 });
  await server.stop();
  for (const each of pages) {
    await expect(liveBadge(each, /^Stale since \d\d:\d\d:\d\d/), 'it says so').toBeVisible();
    await expect(each.getByText(/trying again/).first(), 'and when it tries again').toBeVisible();
    const bar = each.getByRole('contentinfo').getByRole('status');
    await expect(bar).toHaveText(/^The console has not answered since \d\d:\d\d:\d\d$/);
  }
  const left = (await list.getByRole('contentinfo').getByText(/^\d\d:\d\d:\d\d$/).boundingBox())?.x ?? 0;
  const words = await list.getByRole('contentinfo').getByRole('status').boundingBox();
  expect(words && words.x + words.width, 'on a phone it does not overlap the clock').toBeLessThan(left);
  await expect(list.getByRole('contentinfo').getByText(/of \d+ connected/), 'an unknown count is not shown').toBeHidden();
  // The numbers stay on the page.
  await expectRow(jobTable(list), { Job: jobId, Progress: `${DEVICES}` });
  // A dialog that was not open before needs nothing from the server.
  await page.keyboard.press('?');
  const keys = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await expect(keys.getByText('Next failure')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(keys).toBeHidden();

  await server.startAgain();
  const job = await api.finished(jobId);
  expectCountsToAddUp(job);
  for (const each of pages) {
    await expect(upToDate(each), 'it has caught up by itself').toBeVisible({ timeout: 45_000 });
    await expect(each.getByRole('contentinfo').getByRole('status')).toHaveText('Hub reachable');
  }
  // Both pages agree with the API, also about what ended while the server was down.
  await expectState(page, 'Succeeded', job.outcomes.succeeded);
  const { interrupted } = job.outcomes;
  if (interrupted > 0) await expectState(page, 'Interrupted', interrupted);
  else await expect(stateChip(page, 'Interrupted')).toBeHidden();
  const { succeeded } = job.outcomes;
  const status = succeeded === DEVICES ? 'Completed' : succeeded === 0 ? 'All failed' : 'With failures';
  await expectRow(jobTable(list), { Job: jobId, Status: status, Progress: `${job.outcomes.succeeded} of ${DEVICES}` });
  for (const mark of marks) await mark();
});

test('A form keeps its content when the server is down as it is sent', async ({ page, api, server }) => {
  await page.goto('/jobs/new');
  await ready(page);
  await page.getByLabel('Method name').fill('lockDoor');
  await page.getByRole('textbox', { name: 'Payload' }).fill('{"mode": "while you were out"}');
  await targetEveryDevice(page);
  await expectSubmit(page, `Run lockDoor on ${DEVICES} devices`);
  await server.stop();
  await submitButton(page).click();
  await confirmNumber(page, DEVICES);
  await expect(page.getByRole('alert').first(), 'it says what happened').toBeVisible();
  await expect(page.getByLabel('Method name')).toHaveValue('lockDoor');
  await expect(page.getByRole('textbox', { name: 'Payload' })).toHaveValue('{"mode": "while you were out"}');

  await server.startAgain();
  await expect(page.getByRole('contentinfo').getByRole('status')).toHaveText('Hub reachable');
  await submitButton(page).click();
  await confirmNumber(page, DEVICES);
  const job = await api.finished(await jobIdInAddress(page));
  expect(job.cloudToDeviceMethod?.payload).toEqual({ mode: 'while you were out' });
});
