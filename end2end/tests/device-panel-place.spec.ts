import { type Locator } from '@playwright/test';
import { lockDoors } from '../support/api.ts';
import { expect, test } from '../support/app.ts';
import { deviceRows, jobPageReady } from '../support/jobs.ts';

const DEVICES = 120;
test.use({ simulatedDevices: DEVICES });

async function top(element: Locator): Promise<number> {
  return Math.round((await element.boundingBox())?.y ?? -1);
}

test('Opening and closing a device leaves its row where it is', async ({ page, api }) => {
  // The first rows are in the window although the page is not scrolled, where the browser keeps no place by itself.
  await page.setViewportSize({ width: 1440, height: 1200 });
  await api.simulate({ errorShare: 0.3, seed: 7 });
  const { jobId } = await api.createJob(lockDoors());
  await api.finished(jobId);
  await page.goto(`/jobs/${jobId}`);
  await jobPageReady(page);
  await expect(page.getByRole('heading', { name: /^Round trip/ }), 'beside the causes').toBeVisible();
  const row = deviceRows(page).nth(1).getByRole('link');
  const device = await row.innerText();
  const before = await top(row);
  expect(await page.evaluate(() => window.scrollY)).toBe(0);
  await row.click();
  const drawer = page.getByRole('complementary', { name: `Device ${device}` });
  await expect(drawer).toContainText('Hub says');
  // The browser scrolls by whole pixels.
  expect(Math.abs((await top(row)) - before), 'open').toBeLessThanOrEqual(1);
  await expect(drawer.getByRole('link', { name: 'Close device' })).toBeInViewport();
  await drawer.getByRole('link', { name: 'Close device' }).click();
  await expect(drawer).toBeHidden();
  expect(Math.abs((await top(row)) - before), 'closed').toBeLessThanOrEqual(1);
});

test('The head of the panel is below the top bar at the end of the list', async ({ page, api }) => {
  const { jobId } = await api.createJob(lockDoors());
  await api.finished(jobId);
  await page.goto(`/jobs/${jobId}`);
  await jobPageReady(page);
  await expect(deviceRows(page)).toHaveCount(DEVICES);
  await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight));
  const row = deviceRows(page).last().getByRole('link');
  const device = await row.innerText();
  await row.click();
  const drawer = page.getByRole('complementary', { name: `Device ${device}` });
  await expect(drawer).toContainText('Hub says');
  await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight));
  const bar = await page.getByRole('banner').boundingBox();
  expect(await top(drawer.getByRole('heading').first())).toBeGreaterThan((bar?.y ?? 0) + (bar?.height ?? 0));
});
