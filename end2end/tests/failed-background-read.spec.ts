import { expect, test } from '../support/app.ts';
import { expectState, jobPageReady } from '../support/jobs.ts';

const SNAPSHOT = '**/fn/job-snapshot*';
test.use({ allowedProblems: /ERR_FAILED|Failed to (fetch|load)/ });

test('A job whose update fails stays on the page as it was, and is updated later', async ({ page, api, simulatedDevices }) => {
  const { jobId, end } = await api.createOpenJob();
  await page.goto(`/jobs/${jobId}`);
  await jobPageReady(page);
  const list = page.getByRole('region', { name: /^Devices/ });
  const old = list.getByRole('row').filter({ hasText: /Queued|In flight/ });
  await expect(old, 'rows are shown while their devices have not answered').not.toHaveCount(0);
  let refused = 0;
  await page.route(SNAPSHOT, (route) => {
    refused += 1;
    return route.abort();
  });
  await end();
  await api.finished(jobId);
  await expect.poll(() => refused, { message: 'reads that failed' }).toBeGreaterThan(1);
  await expect(list.getByRole('button', { name: 'Try again' }), 'no retry is offered').toBeHidden();
  await expect(list.getByText('did not answer'), 'no error is shown').toBeHidden();
  await expect(old).not.toHaveCount(0);

  await page.unroute(SNAPSHOT);
  await expectState(page, 'Succeeded', simulatedDevices);
  await expect(old, 'rows are updated without a click').toHaveCount(0);
});
