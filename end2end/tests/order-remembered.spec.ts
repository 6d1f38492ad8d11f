import { lockDoors } from '../support/api.ts';
import { expect, test } from '../support/app.ts';
import { deviceRows, jobPageReady } from '../support/jobs.ts';

test('The order I chose for ended jobs is remembered, and an address that says one wins', async ({ page, api }) => {
  await api.simulate({ errorShare: 0.3, seed: 7 });
  // Which doors fail is chance; a job whose first door fails looks the same in both orders.
  let [jobId, first, failed] = ['none', 'none', 'none'];
  await expect(async () => {
    jobId = (await api.createJob(lockDoors())).jobId;
    await api.finished(jobId);
    const results = await api.results(jobId);
    first = results[0]?.deviceId ?? 'none';
    failed = results.find(({ outcome }) => outcome === 'failed')?.deviceId ?? first;
    expect(failed, 'some door has failed, and not the first').not.toBe(first);
  }).toPass();
  const order = page.getByRole('combobox', { name: 'Order' });
  const top = deviceRows(page).first();

  await page.goto(`/jobs/${jobId}`);
  await jobPageReady(page);
  await expect(order, 'failed first, where nobody said otherwise').toHaveValue('problems');
  await expect(top).toHaveText(failed);
  await order.selectOption('By device');
  await expect(page).toHaveURL(/order=device/);
  await expect(top).toHaveText(first);
  await page.goBack();
  await expect(top, 'Back is the order of before').toHaveText(failed);

  await page.goto(`/jobs/${jobId}`);
  await expect(order).toHaveValue('device');
  await expect(top, 'what I chose').toHaveText(first);
  await page.goto(`/jobs/${jobId}?order=problems`);
  await jobPageReady(page);
  await expect(order).toHaveValue('problems');
  await expect(top, 'what the address says').toHaveText(failed);
  await expect(page.getByRole('link', { name: /^CSV/, includeHidden: true })).toHaveAttribute('href', /order=problems/);
});
