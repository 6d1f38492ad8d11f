import { lockDoors } from '../support/api.ts';
import { expect, test } from '../support/app.ts';
import { deviceRows, expectJobPage, jobPageReady } from '../support/jobs.ts';
import { deviceJobTable, expectRow } from '../support/table.ts';

// More rows than the page renders on the screen.
const DEVICES = 230;
test.use({ simulatedDevices: DEVICES });

test('A finished job prints as a report', async ({ page, api, simulatedDevices }) => {
  await api.simulate({ errorShare: 0.3, seed: 7 });
  const { jobId } = await api.createJob(lockDoors());
  const { outcomes } = await api.finished(jobId);
  await page.goto(`/jobs/${jobId}`);
  await jobPageReady(page);
  const main = page.getByRole('main');
  // A locator by role leaves out what is hidden: each of these is on the screen, and none in print.
  const onScreenOnly = [
    page.getByRole('navigation'),
    page.getByRole('banner'),
    page.getByRole('contentinfo'),
    main.getByRole('button'),
    main.getByRole('searchbox'),
    main.getByRole('combobox'),
  ];
  for (const each of onScreenOnly) await expect(each.first()).toBeVisible();
  await page.emulateMedia({ media: 'print' });
  for (const each of onScreenOnly) await expect(each).toHaveCount(0);

  await expectJobPage(page, jobId);
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
  const sent = /^(\d+ \w{3} )?\d\d:\d\d:\d\d\.\d{3}$/;
  await expectRow(deviceJobTable(page), { Device: failed, State: 'Failed', Result: /500 ?BOLT_JAMMED/, Sent: sent });
  await expect(main.getByText(/^As of \d+ \w{3} \d{4}, \d\d:\d\d:\d\d UTC\. Times in UTC\. http/)).toContainText(page.url());
  await expect(main.getByText(`All ${DEVICES} rows.`)).toBeVisible();
  // A sheet of paper is as wide as a tablet, and is not laid out like a phone.
  await page.setViewportSize({ width: 720, height: 1000 });
  await expectRow(deviceJobTable(page), { Device: failed, State: 'Failed', Result: /500 ?BOLT_JAMMED/, Sent: sent });

  const sheet = await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme);
  expect(sheet, 'dark text, also in the dark theme').toBe('light');
});
