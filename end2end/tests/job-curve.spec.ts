import { lockDoors } from '../support/api.ts';
import { expect, test } from '../support/app.ts';
import { expectNoFindings } from '../support/accessibility.ts';
import { jobPageReady } from '../support/jobs.ts';
import { expectNoHorizontalScroll } from '../support/overflow.ts';

test('I see how a job went over time, beside its typical run', async ({ page, api, simulatedDevices }) => {
  const lock = () => lockDoors({ queryCondition: "deviceId != 'not-in-the-curve'" });
  await api.simulate({ latencyMs: 50 });
  const first = (await api.finished((await api.createJob(lock())).jobId)).jobId;
  await page.goto(`/jobs/${first}`);
  await jobPageReady(page);
  const section = page.getByRole('group').filter({ hasText: 'Over time' });
  await expect(section).toContainText('100.0 % ended after');
  await expect(section).toContainText('No typical run yet');

  let last = '';
  for (const _ of [1, 2, 3]) last = (await api.finished((await api.createJob(lock())).jobId)).jobId;
  await page.goto(`/jobs/${last}`);
  await jobPageReady(page);
  await expect(section).toContainText(/100.0 % ended after .*; \d+\.\d % in the typical run, the median of 3 runs\./);
  await expect(page.getByRole('img', { name: /in the typical run/ }), 'the charts are folded').toBeHidden();
  await section.getByText('Over time').click();
  await expect(page.getByRole('img', { name: /in the typical run/ })).toBeVisible();
  await expect(page.getByRole('img', { name: /At most .* results a minute/ })).toBeVisible();

  const table = page.getByRole('table', { name: 'Devices that ended, by time since the start' });
  const rows = await table.getByRole('row').allTextContents();
  const ended = rows.slice(1).map((row) => Number(/(\d+) devices?/.exec(row)?.[1] ?? 0));
  expect(ended.reduce((sum, count) => sum + count, 0), 'every device is in the table').toBe(simulatedDevices);
  await expectNoFindings(page);
  await page.setViewportSize({ width: 390, height: 844 });
  await expectNoHorizontalScroll(page);
});

test('The curve of a running job follows it without moving the page', async ({ page, api }) => {
  const { jobId, end } = await api.createOpenJob();
  await page.goto(`/jobs/${jobId}`);
  await jobPageReady(page);
  const section = page.getByRole('group').filter({ hasText: 'Over time' });
  await section.getByText('Over time').click();
  await expect(page.getByRole('img', { name: /ended after|No device has ended yet/ })).toBeVisible();
  await end();
  await expect(section).toContainText('100.0 % ended after', { timeout: 45_000 });
});
