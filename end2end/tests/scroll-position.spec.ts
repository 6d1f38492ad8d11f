import { type Page } from '@playwright/test';
import { lockDoors } from '../support/api.ts';
import { expect, test } from '../support/app.ts';
import { deviceRows, jobPageReady, stateChip } from '../support/jobs.ts';

test.use({ simulatedDevices: 120 });

const scrolled = (page: Page): Promise<number> => page.evaluate(() => window.scrollY);

test('Opening and closing a device does not scroll the list', async ({ page, api }) => {
  const { jobId } = await api.createJob(lockDoors());
  await api.finished(jobId);
  await page.goto(`/jobs/${jobId}?order=device`);
  await jobPageReady(page);

  const row = deviceRows(page).nth(90).getByRole('link');
  const device = await row.innerText();
  await row.scrollIntoViewIfNeeded();
  const before = await scrolled(page);
  expect(before, 'the row is far down').toBeGreaterThan(500);
  await row.click();
  const drawer = page.getByRole('complementary', { name: `Device ${device}` });
  await expect(drawer).toBeInViewport();
  await expect(row, 'the row is still there').toBeInViewport();
  expect(await scrolled(page)).toBe(before);

  await drawer.getByRole('link', { name: 'Close' }).click();
  await expect(drawer).toHaveCount(0);
  await expect(row).toBeInViewport();
});

test('Filtering by a state does not scroll to the top', async ({ page, api }) => {
  const { jobId } = await api.createJob(lockDoors());
  await api.finished(jobId);
  await page.goto(`/jobs/${jobId}`);
  await jobPageReady(page);
  await page.evaluate(() => window.scrollTo(0, 60));
  await stateChip(page, 'Succeeded').click();
  await expect(page).toHaveURL(/state=succeeded/);
  await expect(stateChip(page, 'Succeeded')).toHaveAttribute('aria-current', /.+/);
  expect(await scrolled(page), 'still where it was').toBe(60);
});
