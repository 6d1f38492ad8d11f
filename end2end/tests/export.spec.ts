import { readFile } from 'node:fs/promises';
import { lockDoors } from '../support/api.ts';
import { expect, test } from '../support/app.ts';
import { jobPageReady, stateChip } from '../support/jobs.ts';

test('I export exactly the devices that I see', async ({ page, api }) => {
  await api.simulate({ errorShare: 0.4, seed: 7 });
  const { jobId } = await api.createJob(lockDoors());
  await api.finished(jobId);
  const failed = (await api.results(jobId)).filter(({ outcome }) => outcome === 'failed').map(({ deviceId }) => deviceId);
  await page.goto(`/jobs/${jobId}`);
  await jobPageReady(page);
  await stateChip(page, 'Failed').click();
  await expect(page).toHaveURL(/state=failed/);

  const file = async (name: string): Promise<string> => {
    await page.getByText('Export', { exact: true }).click();
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: new RegExp(`^${name}\\s*${failed.length} `) }).click();
    return readFile(await (await download).path(), 'utf8');
  };
  expect((await file('Device ids')).trim().split('\n')).toEqual([...failed].sort());
  const lines = (await file('CSV')).trim().split(/\r?\n/);
  expect(lines, 'a head and a line a device').toHaveLength(failed.length + 1);
  const rows = JSON.parse(await file('JSON')) as { deviceId: string }[];
  expect(rows.map(({ deviceId }) => deviceId)).toEqual([...failed].sort());
});
