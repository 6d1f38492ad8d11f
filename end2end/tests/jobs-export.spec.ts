import { readFile } from 'node:fs/promises';
import { lockDoors } from '../support/api.ts';
import { expect, test } from '../support/app.ts';
import { jobListReady } from '../support/jobs.ts';

test('I export exactly the jobs that I see', async ({ page, api }) => {
  const mine = await Promise.all(['East', 'West'].map((wing) => api.createJob(lockDoors({ name: `Export wing ${wing}`, reason: 'audit, 2026' }))));
  for (const { jobId } of mine) await api.finished(jobId);
  await page.goto('/jobs?q=export%20wing&sort=-name');
  await jobListReady(page);

  const file = async (name: string): Promise<string> => {
    await page.getByText('Export', { exact: true }).click();
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: new RegExp(`^${name}\\s*2 jobs`) }).click();
    return readFile(await (await download).path(), 'utf8');
  };
  const lines = (await file('CSV')).trim().split(/\r?\n/);
  expect(lines, 'a head and a line a job').toHaveLength(3);
  expect(lines[1]).toContain(',Export wing West,"audit, 2026",');
  const jobs = JSON.parse(await file('JSON')) as { name: string }[];
  expect(jobs.map(({ name }) => name)).toEqual(['Export wing West', 'Export wing East']);
});
