import { lockDoors } from '../support/api.ts';
import { expect, ready, test } from '../support/app.ts';

// The stories' browser stands in Stockholm, in winter or in summer.
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

test('A theme is there before the first paint, and follows the system until I choose', async ({ page }) => {
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

  // Read as early as a page can: when its body begins.
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
