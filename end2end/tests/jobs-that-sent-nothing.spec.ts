import type { Page } from '@playwright/test';

import { lockDoors, tomorrow } from '../support/api.ts';
import { expect, test } from '../support/app.ts';
import { jobListReady, jobPageReady } from '../support/jobs.ts';
import { expectRow, jobTable } from '../support/table.ts';

/** The page has one sentence instead of figures, filters, rows and reruns of no devices. */
async function expectNothingBut(page: Page, sentence: string, state: string): Promise<void> {
  const main = page.getByRole('main');
  await expect(main.getByText(state, { exact: true }).first()).toBeVisible();
  await expect(page.getByRole('region', { name: 'Result' })).toContainText(sentence);
  await expect(page.getByRole('region', { name: 'Result' }).getByRole('term')).toHaveCount(0);
  await expect(main.getByText('Completed', { exact: true })).toHaveCount(0);
  await expect(page.getByLabel('Rerun another part')).toHaveCount(0);
  await expect(page.getByRole('list', { name: 'Filter devices by state' })).toBeHidden();
  await expect(page.getByRole('grid')).toHaveCount(0);
}

test('A job that no device matched says so and does not look like a success', async ({ page, api }) => {
  const { jobId } = await api.createJob(lockDoors({ queryCondition: "tags.building = 'nope'" }));
  await api.finished(jobId);
  await page.goto(`/jobs/${jobId}`);
  await jobPageReady(page);
  await expectNothingBut(page, 'No device matched when it started.', 'No device matched');
  const matching = page.getByRole('link', { name: 'Devices that match now' });
  await expect(matching).toHaveAttribute('href', /^\/devices\?query=tags\.building/);

  await page.goto('/jobs');
  await jobListReady(page);
  await expectRow(jobTable(page), { Job: jobId, Status: 'No device', Progress: 'No device matched when it started' });
});

test('A job that was cancelled before its start never claims to have started', async ({ page, api, server }) => {
  const { jobId } = await api.createJob(lockDoors({ startTime: tomorrow() }));
  await api.jobWhen(jobId, 'is scheduled', (job) => job.status === 'scheduled');
  await fetch(`${server.url}/api/v1/jobs/${jobId}/cancel`, { method: 'POST' });
  await api.finished(jobId);
  await page.goto(`/jobs/${jobId}`);
  await jobPageReady(page);
  await expectNothingBut(page, 'Cancelled before it started.', 'Cancelled');
  await expect(page.getByText(/was to start (Mon|Tue|Wed|Thu|Fri|Sat|Sun) /)).toBeVisible();
  await expect(page.getByText(/started (Mon|Tue|Wed|Thu|Fri|Sat|Sun)/)).toHaveCount(0);
  await expect(page.getByText('on 0 devices').filter({ visible: true })).toHaveCount(0);

  await page.goto('/jobs?tab=finished');
  await jobListReady(page);
  await expectRow(jobTable(page), {
    Job: jobId,
    Status: 'Cancelled',
    Progress: 'Cancelled before it started',
    Start: /not started\s*was due/,
  });
});

test('Jobs in which devices failed are found as failed jobs', async ({ page, api }) => {
  await api.simulate({ errorShare: 1, silentShare: 0, offlineShare: 0, latencyMs: 5 });
  const all = (await api.createJob(lockDoors())).jobId;
  const { outcomes } = await api.finished(all);
  await page.goto('/jobs?status=failed');
  await jobListReady(page);
  const total = Object.values(outcomes).reduce((sum, count) => sum + count, 0);
  await expectRow(jobTable(page), { Job: all, Status: 'All failed', Progress: `0 of ${total}` });
  await page.goto(`/jobs/${all}`);
  await jobPageReady(page);
  await expect(page.getByRole('main').getByText('All failed', { exact: true }).first()).toBeVisible();
});
