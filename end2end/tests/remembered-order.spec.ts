import { lockDoors } from '../support/api.ts';
import { expect, test } from '../support/app.ts';
import { deviceRow, deviceRows, jobPageReady } from '../support/jobs.ts';

test('The order I chose for ended jobs is remembered; an order in the URL has priority', async ({ page, api }) => {
  await api.simulate({ errorShare: 0.3, seed: 7 });
  // A job whose first device fails looks the same in both orders.
  let [jobId, first, failed] = ['none', 'none', 'none'];
  await expect(async () => {
    jobId = (await api.createJob(lockDoors())).jobId;
    await api.finished(jobId);
    const results = await api.results(jobId);
    first = results[0]?.deviceId ?? 'none';
    failed = results.find(({ outcome }) => outcome === 'failed')?.deviceId ?? first;
    expect(failed, 'a device has failed, and not the first').not.toBe(first);
  }).toPass();
  const order = page.getByRole('combobox', { name: 'Order' });
  const top = deviceRows(page).first();

  await page.goto(`/jobs/${jobId}`);
  await jobPageReady(page);
  await expect(order, 'failed devices first by default').toHaveValue('problems');
  await expect(top).toHaveText(failed);
  await order.selectOption('By device');
  await expect(page).toHaveURL(/order=device/);
  await expect(top).toHaveText(first);
  await page.goBack();
  await expect(top, 'Back restores the order').toHaveText(failed);

  await page.goto(`/jobs/${jobId}`);
  await expect(order).toHaveValue('device');
  await expect(top, 'what I chose').toHaveText(first);
  await page.goto(`/jobs/${jobId}?order=problems`);
  await jobPageReady(page);
  await expect(order).toHaveValue('problems');
  await expect(top, 'the order in the URL').toHaveText(failed);
  await expect(page.getByRole('link', { name: /^CSV/, includeHidden: true })).toHaveAttribute('href', /order=problems/);
});

test('A list that was open when its job ended puts problems first', async ({ page, api }) => {
  const { jobId, end } = await api.createOpenJob({ errorShare: 0.3 });
  await page.goto(`/jobs/${jobId}`);
  await jobPageReady(page);
  const order = page.getByRole('combobox', { name: 'Order' });
  await expect(order).toHaveValue('latest');
  await end();
  await api.finished(jobId);
  const states = page.getByRole('table', { name: 'Devices of this job' }).getByRole('row');
  await expect(order, 'by itself while the list is not in use').toHaveValue('problems');
  await expect(states.nth(1)).toContainText('Failed');
  await expect(page, 'as on a page that is opened now').toHaveURL(new RegExp(`/jobs/${jobId}$`));
});

test('After the end problems first are offered where the list must not move', async ({ page, api }) => {
  const { jobId, end } = await api.createOpenJob({ errorShare: 0.3 });
  await api.onlyOfflineDevicesAreOpen(jobId);
  await page.goto(`/jobs/${jobId}`);
  await jobPageReady(page);
  const device = await deviceRows(page).first().innerText();
  await deviceRow(page, device).getByRole('link').click();
  await expect(page.getByRole('complementary', { name: `Device ${device}` })).toBeVisible();
  await end();
  await api.finished(jobId);
  const newer = page.getByRole('button', { name: /^Show .* newer/ });
  await newer.click();
  await page.getByRole('button', { name: 'Show problems first' }).click();
  await expect(page.getByRole('combobox', { name: 'Order' })).toHaveValue('problems');
});
