import { lockDoors } from '../support/api.ts';
import { expect, test } from '../support/app.ts';
import { renderedPixels } from '../support/rendered-pixels.ts';
import { deviceRow, jobListReady, jobPageReady, stateChip } from '../support/jobs.ts';

const DEVICES = 50;

test('With forced colours every state is visible and distinct', async ({ page, api }) => {
  await api.connected(DEVICES);
  await api.simulate({ errorShare: 0.25, offlineShare: 0.25, seed: 7 });
  await expect.poll(async () => (await api.simulator()).connected, { message: 'some devices are offline' }).toBeLessThan(DEVICES - 3);
  const { jobId } = await api.createJob(lockDoors());
  const { outcomes } = await api.finished(jobId);
  await page.emulateMedia({ forcedColors: 'active', reducedMotion: 'reduce' });
  await page.goto(`/jobs/${jobId}`);
  await jobPageReady(page);

  const seen = new Map<string, string>();
  for (const state of ['Succeeded', 'Failed', 'Timed out', 'Not online', 'Cancelled']) {
    const shape = stateChip(page, state).locator('.swatch');
    const rendered = await renderedPixels(page, shape);
    expect(rendered, `the shape of ${state}`).not.toBe('');
    expect([...seen.values()], `${state} looks like no other state`).not.toContain(rendered);
    seen.set(state, rendered);
  }
  const results = await api.results(jobId);
  for (const [outcome, word] of [
    ['succeeded', 'Succeeded'],
    ['failed', 'Failed'],
    ['notOnline', 'Not online'],
  ] as const) {
    expect(outcomes[outcome], outcome).toBeGreaterThan(0);
    const row = deviceRow(page, results.find((result) => result.outcome === outcome)?.deviceId ?? 'none');
    await row.scrollIntoViewIfNeeded();
    const status = row.getByRole('cell').filter({ hasText: word });
    expect(await renderedPixels(page, status.getByText(word, { exact: true })), `the label ${word}`).not.toBe('');
    expect(await renderedPixels(page, status.locator('svg')), `the icon of ${word}`).not.toBe('');
  }

  await page.evaluate(() => window.scrollTo(0, 0));
  const bar = page.getByRole('region', { name: 'Result' }).getByRole('img');
  expect(await renderedPixels(page, bar), 'the bar').not.toBe('');
  const before = await renderedPixels(page, stateChip(page, 'Failed'));
  await stateChip(page, 'Failed').click();
  await expect(stateChip(page, 'Failed')).toHaveAttribute('aria-current', 'true');
  await page.mouse.move(0, 0);
  await page.getByRole('heading', { level: 1 }).click();
  expect(await renderedPixels(page, stateChip(page, 'Failed')), 'that it is chosen').not.toBe(before);

  await page.goto('/jobs');
  await jobListReady(page);
  expect(await renderedPixels(page, page.locator('.live__now').filter({ hasText: 'Live' })), 'the badge').not.toBe('');
  const row = page.getByRole('row').filter({ hasText: jobId });
  expect(await renderedPixels(page, row.getByText('With failures')), 'the status of a job').not.toBe('');
  expect(await renderedPixels(page, row.getByRole('img')), 'its bar').not.toBe('');
});
