import { lockDoors } from '../support/api.ts';
import { expect, markDocument, test } from '../support/app.ts';
import { expectState, liveBadge } from '../support/jobs.ts';

// Another size than the other stories', and so a server of its own: it is frozen here.
const DOORS = 20;
test.use({ simulatedDevices: DOORS, allowedComplaints: /ERR_/ });

test('A stream that falls silent is stale within ten seconds, and nothing is lost', async ({ page, api, server }) => {
  await api.simulate({ latencyMs: 12_000 });
  const { jobId } = await api.createJob(lockDoors());
  await api.jobWhen(jobId, 'has devices in flight', (job) => job.outcomes.inFlight === DOORS);
  await page.goto(`/jobs/${jobId}`);
  await expect(liveBadge(page, 'Live')).toBeVisible();
  const expectSameDocument = await markDocument(page);

  // Frozen, not gone: connections stay open and nothing comes through them.
  const pid = server.pid ?? 0;
  process.kill(pid, 'SIGSTOP');
  const frozenAt = Date.now();
  try {
    await expect(liveBadge(page, /^Stale since/)).toBeVisible();
    expect(Date.now() - frozenAt, 'milliseconds of silence').toBeLessThan(11_000);
    await expectState(page, 'In flight', DOORS);
    await expect(page.getByText(/^No news since/), 'numbers stay, with a notice').toBeVisible();
  } finally {
    process.kill(pid, 'SIGCONT');
  }

  const job = await api.finished(jobId);
  await expect(liveBadge(page, 'Live')).toBeVisible({ timeout: 30_000 });
  await expectState(page, 'Succeeded', job.outcomes.succeeded);
  await expectSameDocument();
});
