import { lockDoors } from '../support/api.ts';
import { expect, test } from '../support/app.ts';
import { deviceRow, deviceRows, jobPageReady } from '../support/jobs.ts';

test('On paper a finished job is a report', async ({ page, api, simulatedDevices }) => {
  await api.simulate({ errorShare: 0.3, seed: 7 });
  const { jobId } = await api.createJob(lockDoors());
  const { outcomes } = await api.finished(jobId);
  await page.goto(`/jobs/${jobId}`);
  await jobPageReady(page);
  await page.emulateMedia({ media: 'print' });

  const main = page.getByRole('main');
  await expect(page.getByRole('heading', { level: 1, name: jobId })).toBeVisible();
  await expect(main.getByText(`lockDoor on ${simulatedDevices} devices, every device of the hub`)).toBeVisible();
  const result = page.getByRole('region', { name: 'Result' });
  await expect(result.getByText(`${outcomes.succeeded} of ${simulatedDevices}`)).toBeVisible();
  await expect(result.getByText(`${outcomes.failed} failed`, { exact: true })).toBeVisible();
  await expect(page.getByRole('region', { name: 'Causes' }).getByRole('row').filter({ hasText: 'BOLT_JAMMED' })).toBeVisible();
  for (const state of ['Succeeded', 'Failed']) {
    await expect(page.getByRole('list', { name: 'Filter devices by state' }).getByText(state)).toBeVisible();
  }
  await expect(deviceRows(page)).toHaveCount(simulatedDevices);
  const failed = (await api.results(jobId)).find(({ outcome }) => outcome === 'failed')?.deviceId ?? 'none';
  await expect(deviceRow(page, failed)).toContainText(/500\s*BOLT_JAMMED/);

  for (const gone of [
    page.getByRole('navigation'),
    page.getByRole('banner'),
    page.getByRole('contentinfo'),
    main.getByRole('button'),
    main.getByRole('searchbox'),
    main.getByRole('combobox'),
    main.getByRole('status').filter({ hasText: 'Live' }),
  ]) {
    for (const each of await gone.all()) await expect(each, 'nothing that can only be pressed').toBeHidden();
  }
  const sheet = await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme);
  expect(sheet, 'dark ink, also for who works in the dark').toBe('light');
});
