import { type Page } from '@playwright/test';
import { lockDoors } from '../support/api.ts';
import { expect, ready, test } from '../support/app.ts';
import { liveBadge } from '../support/jobs.ts';

/** Lets a story hide its page: a browser without a window shows every page. */
async function makeHideable(page: Page): Promise<(isHidden: boolean) => Promise<void>> {
  await page.addInitScript(() => {
    let state: DocumentVisibilityState = 'visible';
    Object.defineProperty(document, 'visibilityState', { get: () => state });
    Object.defineProperty(document, 'hidden', { get: () => state === 'hidden' });
    Object.assign(window, {
      hidePage: (isHidden: boolean) => {
        state = isHidden ? 'hidden' : 'visible';
        document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
      },
    });
  });
  return (isHidden) =>
    page.evaluate((isHidden) => (window as unknown as { hidePage: (is: boolean) => void }).hidePage(isHidden), isHidden);
}

function icon(page: Page): Promise<string> {
  return page.locator('link[rel=icon]').evaluate((link) => decodeURIComponent((link as HTMLLinkElement).href));
}

test('The tab of a hidden page tells how the job is doing, and how it ended', async ({ page, api }) => {
  await api.simulate({ latencyMs: { p50: 2_000, p95: 9_000 } });
  const hide = await makeHideable(page);
  const { jobId } = await api.createJob(lockDoors());
  await page.goto(`/jobs/${jobId}`);
  await expect(page).toHaveTitle(new RegExp(`^\\d+ % · .*${jobId}.* · Fleetcast$`));
  expect(await icon(page)).toContain('stroke-dasharray');

  await hide(true);
  await expect(page).toHaveTitle(/^(Completed|With failures) · /, { timeout: 45_000 });
  expect(await icon(page)).toContain('<path');
  expect((await api.job(jobId)).status).toBe('completed');

  await hide(false);
  await expect(page, 'seen, so no longer news').toHaveTitle(new RegExp(`^[^·]*${jobId}[^·]* · Fleetcast$`));
  expect(await icon(page)).toMatch(/\/favicon\.svg$/);
});

test('A page that nobody looks at rests, and catches up when it is looked at', async ({ page, api, simulatedDevices }) => {
  const hide = await makeHideable(page);
  await api.finished((await api.createJob(lockDoors())).jobId);
  await page.clock.install();
  await page.goto('/jobs');
  await ready(page);
  await page.clock.runFor(1_000);
  await expect(liveBadge(page, 'Live')).toBeVisible();

  await hide(true);
  await page.clock.runFor(61_000);
  await expect(liveBadge(page, 'Paused while hidden')).toBeVisible();
  const { jobId } = await api.createJob(lockDoors());
  await api.finished(jobId);

  await hide(false);
  await page.clock.resume();
  await expect(liveBadge(page, 'Live')).toBeVisible();
  await page.getByRole('button', { name: 'Show 1 newer job' }).or(page.getByRole('row').filter({ hasText: jobId })).first().click();
  await expect(page.getByRole('main')).toContainText(`${simulatedDevices}`);
});
