import { lockDoors } from '../support/api.ts';
import { expect, ready, test } from '../support/app.ts';
import { expectNoFindings } from '../support/accessibility.ts';
import { jobListReady, jobPageReady, liveBadge } from '../support/jobs.ts';

// Another size than the other stories', and so a server of its own: it is stopped here, and begins with no job.
test.use({ simulatedDevices: 6, allowedProblems: /ERR_|status of 4\d\d/ });

test.describe.configure({ mode: 'serial' });

test('Pages with nothing to show yet pass the audit', async ({ page }) => {
  await page.goto('/jobs');
  await expect(page.getByRole('button', { name: /^Run lockDoor on/ })).toBeVisible();
  await test.step('no job yet', () => expectNoFindings(page));
  await page.goto("/devices?query=tags.floor = '99'");
  await ready(page);
  await expect(page.getByRole('main')).toContainText('99');
  await test.step('no device matches', () => expectNoFindings(page));
});

test('A job on no device passes the audit', async ({ page, api }) => {
  const { jobId } = await api.createJob(lockDoors({ queryCondition: "deviceId = 'nobody'" }));
  await api.finished(jobId);
  await page.goto(`/jobs/${jobId}`);
  await jobPageReady(page);
  await expect(page.getByRole('region', { name: 'Result' }).getByText('No device matched when it started.')).toBeVisible();
  await expectNoFindings(page);
});

test('Pages whose server is down pass the audit', async ({ page, api, server }) => {
  await api.simulate({ latencyMs: 20_000 });
  const { jobId } = await api.createJob(lockDoors());
  await api.jobWhen(jobId, 'has devices in flight', (job) => job.outcomes.inFlight > 0);
  const list = await page.context().newPage();
  await page.goto(`/jobs/${jobId}`);
  await jobPageReady(page);
  await list.goto('/jobs');
  await jobListReady(list);
  await server.stop();
  for (const each of [page, list]) {
    await expect(liveBadge(each, /^Stale since/)).toBeVisible();
    await test.step(new URL(each.url()).pathname, () => expectNoFindings(each));
  }
  await server.startAgain();
  await api.finished(jobId, 60_000);
});
