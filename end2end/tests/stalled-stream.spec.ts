import { expect, markDocument, ready, test } from '../support/app.ts';
import { expectState, liveBadge, upToDate } from '../support/jobs.ts';

// Another size than the other stories', and so a server of its own: it is frozen here.
test.use({ simulatedDevices: 22, allowedProblems: /ERR_/ });

test('A stalled event stream marks the page as stale within ten seconds, and no count is lost', async ({ page, api, server }) => {
  const { jobId, end } = await api.createOpenJob();
  const { count, connected } = await api.simulator();
  const waiting = count - connected;
  await api.jobWhen(jobId, 'waits for offline devices only', ({ outcomes }) => outcomes.succeeded === connected);
  // The page's clock moves when the story says so, however busy the machine is.
  await page.clock.install();
  await page.goto(`/jobs/${jobId}`);
  await ready(page);
  await page.clock.runFor(1_000);
  await expect(liveBadge(page, 'Live')).toBeVisible();
  await expectState(page, 'In flight', waiting);
  const expectSameDocument = await markDocument(page);

  // Frozen, not gone: connections stay open and nothing comes through them.
  const pid = server.pid ?? 0;
  process.kill(pid, 'SIGSTOP');
  try {
    await page.clock.runFor(11_000);
    await expect(liveBadge(page, /^Stale since/)).toBeVisible();
    await expectState(page, 'In flight', waiting);
    await expect(page.getByText(/^Disconnected since/), 'with a notice').toBeVisible();
  } finally {
    process.kill(pid, 'SIGCONT');
  }

  await page.clock.resume();
  await end();
  const job = await api.finished(jobId);
  await expect(upToDate(page)).toBeVisible({ timeout: 30_000 });
  await expectState(page, 'Succeeded', job.outcomes.succeeded);
  await expectSameDocument();
});
