import { type Locator, type Page } from '@playwright/test';
import { lockDoors } from '../support/api.ts';
import { expect, ready, test } from '../support/app.ts';
import { jobListReady, jobPageReady } from '../support/jobs.ts';

test.use({ simulatedDevices: 120 });

const heading = (page: Page, name: string | RegExp): Locator => page.getByRole('heading', { level: 1, name });
const scrolled = (page: Page): Promise<number> => page.evaluate(() => Math.round(window.scrollY));

/** What screen readers announce after a navigation. */
async function expectAnnounced(page: Page, title: string | RegExp): Promise<void> {
  await expect(page.getByRole('status').filter({ hasText: /· Fleetcast$/ })).toHaveText(title);
}

test('A link leads to the heading of its page, and the page is announced', async ({ page, api }) => {
  const { jobId } = await api.createJob(lockDoors());
  const { name } = await api.finished(jobId);
  await page.goto('/jobs');
  await jobListReady(page);
  await expect(page.locator('body'), 'a page that is loaded is not announced').not.toContainText('· Fleetcast');

  await page.getByRole('row').filter({ hasText: jobId }).getByRole('link').first().focus();
  await page.keyboard.press('Enter');
  await expect(heading(page, name)).toBeFocused();
  await expectAnnounced(page, `${name} · Fleetcast`);
  await page.keyboard.press('Tab');
  const isInContent = await page.evaluate(() => document.activeElement?.closest('main') !== null);
  expect(isInContent, 'the next stop is on the page').toBe(true);

  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Devices' }).click();
  await expect(heading(page, 'Devices')).toBeFocused();
  await expectAnnounced(page, 'Devices · Fleetcast');

  await page.keyboard.press('n');
  await expect(heading(page, 'New job')).toBeFocused();
  await expectAnnounced(page, 'New job · Fleetcast');

  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Job, device, or what to do' }).fill('door-0007');
  await page.keyboard.press('Enter');
  await expect(heading(page, 'door-0007')).toBeFocused();
  await expectAnnounced(page, 'door-0007 · Fleetcast');
});

test('Back leads to the row that I opened, as far down as it was', async ({ page, api }) => {
  await api.finished((await api.createJob(lockDoors())).jobId);
  await page.goto('/devices');
  await ready(page);
  const row = page.getByRole('main').getByRole('rowheader').nth(90).getByRole('link');
  await row.scrollIntoViewIfNeeded();
  const before = await scrolled(page);
  expect(before, 'the row is far down').toBeGreaterThan(500);
  const device = await row.innerText();
  await row.click();
  await expect(heading(page, device)).toBeFocused();
  await expect.poll(() => scrolled(page), 'a new page begins at its top').toBe(0);

  await page.goBack();
  await expect(heading(page, 'Devices')).toBeVisible();
  await expect(row, 'the row has the focus').toBeFocused();
  await expect.poll(() => scrolled(page), 'the list is where it was').toBe(before);

  await page.goForward();
  await expect(heading(page, device)).toBeVisible();
  await expect.poll(() => scrolled(page)).toBe(0);
});

test('Back to the page of a job leads to its row too', async ({ page, api }) => {
  const { jobId } = await api.createJob(lockDoors());
  await api.finished(jobId);
  await page.goto(`/jobs/${jobId}?order=device`);
  await jobPageReady(page);
  const row = page.getByRole('table', { name: 'Devices of this job' }).getByRole('link', { name: 'door-0100' });
  await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight));
  await row.scrollIntoViewIfNeeded();
  const before = await scrolled(page);
  await row.focus();
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Jobs' }).evaluate((link: HTMLElement) => link.click());
  await expect(heading(page, 'Jobs')).toBeFocused();
  await page.goBack();
  await expect(row).toBeFocused();
  await expect.poll(() => scrolled(page)).toBe(before);
});

test('After Back, a list that arrives late does not move the focus that I have set', async ({ page, api }) => {
  await api.finished((await api.createJob(lockDoors())).jobId);
  await page.goto('/devices');
  await ready(page);
  const row = page.getByRole('main').getByRole('rowheader').nth(90).getByRole('link');
  await row.scrollIntoViewIfNeeded();
  await row.click();
  await expect(heading(page, /^door-/)).toBeFocused();
  // The list comes late, and meanwhile the user has begun to do something else.
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  await page.route('**/fn/devices*', async (route) => {
    await released;
    await route.continue();
  });
  await page.goBack();
  await page.keyboard.press('?');
  const keys = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await expect(keys).toBeVisible();
  release();
  await expect(page.getByRole('main').getByRole('rowheader').nth(90)).toBeVisible();
  await expect(keys.getByRole('button', { name: 'Close' }), 'the dialog keeps the focus').toBeFocused();
  expect(await scrolled(page)).toBe(0);
});
