import { lockDoors } from '../support/api.ts';
import { expect, ready, test } from '../support/app.ts';

// The time zone of the stories' browser is Stockholm, in winter or in summer.
const STOCKHOLM = /^UTC\+[12]$/;

test('Times are in UTC until I choose my zone, and this browser remembers it', async ({ page, api }) => {
  const { jobId } = await api.createJob(lockDoors());
  const { startTime, createdTime } = await api.finished(jobId);
  const started = new Date(startTime ?? createdTime);
  await page.goto('/jobs');
  await ready(page);
  const bar = page.getByRole('contentinfo');
  const time = page.getByRole('row').filter({ hasText: jobId }).locator('time').first();
  await expect(time, 'relative in the list').toHaveText(/^(now|\d+ s ago)$/);
  await expect(time, 'absolute on hover').toHaveAttribute('title', new RegExp(`${started.getUTCFullYear()}, .* UTC$`));
  await expect(time).toHaveAttribute('datetime', started.toISOString().replace(/\.\d+Z$/, 'Z'));

  await bar.getByRole('button', { name: 'UTC' }).click();
  await expect(bar.getByRole('button', { name: STOCKHOLM })).toBeVisible();
  await expect(time).toHaveAttribute('title', / UTC\+[12]$/);
  const there = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium', timeZone: 'Europe/Stockholm' }).format(started);
  await expect(time).toHaveAttribute('title', new RegExp(there));

  await page.reload();
  await expect(bar.getByRole('button', { name: STOCKHOLM }), 'remembered').toBeVisible();
  const html = await (await page.request.get('/jobs')).text();
  expect(html, 'the first frame is UTC').toMatch(/title="[^"]* UTC"/);
  expect(html).not.toMatch(/title="[^"]* UTC\+/);
});

test('The theme is applied before the first paint, and follows the system until I choose one', async ({ page }) => {
  const canvas = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  await page.emulateMedia({ colorScheme: 'light' });
  await page.goto('/jobs');
  await ready(page);
  const light = await canvas();
  await page.emulateMedia({ colorScheme: 'dark' });
  const dark = await canvas();
  expect(dark).not.toBe(light);
  await page.emulateMedia({ colorScheme: 'light' });

  await page.getByRole('button', { name: 'Colour theme: system' }).click();
  await page.getByRole('button', { name: 'Colour theme: light' }).click();
  await expect(page.getByRole('button', { name: 'Colour theme: dark' })).toBeVisible();
  expect(await canvas()).toBe(dark);

  // Read as early as possible: when the body begins.
  await page.addInitScript(() => {
    new MutationObserver((_, observer) => {
      if (!document.body) return;
      observer.disconnect();
      Object.assign(window, { themeAtBody: document.documentElement.dataset['theme'] });
    }).observe(document, { childList: true, subtree: true });
  });
  await page.reload();
  expect(await page.evaluate(() => (window as { themeAtBody?: string }).themeAtBody)).toBe('dark');
  expect(await canvas()).toBe(dark);
});

test('With my zone chosen no time is shown in UTC first', async ({ page, api }) => {
  const { jobId } = await api.createJob(lockDoors());
  await api.finished(jobId);
  await page.goto('/jobs');
  await ready(page);
  await page.getByRole('contentinfo').getByRole('button', { name: 'UTC' }).click();

  // The document is there, the WASM module is not.
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  await page.route('**/pkg/*.wasm', async (route) => {
    await released;
    await route.continue();
  });
  await page.goto(`/jobs/${jobId}`, { waitUntil: 'commit' });
  const started = page.getByRole('main').locator('time').first();
  await expect(started).toBeAttached();
  await expect(started, 'not in another zone than mine').toBeHidden();
  await expect(page.getByRole('contentinfo').getByRole('button', { name: 'UTC' })).toBeHidden();
  release();
  await expect(started).toBeVisible();
  await expect(started).toHaveAttribute('title', / UTC\+[12]$/);
  await expect(page.getByRole('contentinfo').getByRole('button', { name: STOCKHOLM })).toBeVisible();
});

test('A phone names the zone and changes it', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto('/jobs');
  await ready(page);
  const bar = page.getByRole('contentinfo');
  const zone = bar.getByRole('button', { name: 'UTC' });
  await expect(zone).toBeInViewport();
  await zone.click();
  await expect(bar.getByRole('button', { name: STOCKHOLM })).toBeInViewport();
  await expect(bar.getByText(/\d+ of \d+ connected/)).toBeInViewport({ ratio: 1 });
  await expect(bar.getByText(/^\d\d:\d\d:\d\d$/)).toBeInViewport({ ratio: 1 });
});
