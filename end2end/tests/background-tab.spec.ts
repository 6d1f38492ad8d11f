import { type Page } from '@playwright/test';
import { lockDoors } from '../support/api.ts';
import { expect, ready, test } from '../support/app.ts';
import { jobPageReady, liveBadge } from '../support/jobs.ts';
import { expectRow, jobTable } from '../support/table.ts';

/** Lets a story hide its page: for a headless browser every page is visible. */
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

test('The title and icon of a hidden tab show the progress of the job and how it ended', async ({ page, api }) => {
  const hide = await makeHideable(page);
  const { jobId, end } = await api.createOpenJob();
  await page.goto(`/jobs/${jobId}`);
  await jobPageReady(page);
  await expect(page).toHaveTitle(/^\d+ % · lockDoor on every device · Fleetcast$/);
  expect(await icon(page)).toContain('stroke-dasharray');

  await hide(true);
  await end();
  await expect(page).toHaveTitle(/^(Completed|Finished with failures|All failed) · /, { timeout: 45_000 });
  expect(await icon(page)).toContain('<path');
  expect((await api.job(jobId)).status).toBe('completed');

  await hide(false);
  await expect(page, 'once seen, the title is as before').toHaveTitle(/^lockDoor on every device · Fleetcast$/);
  expect(await icon(page)).toMatch(/\/favicon\.svg$/);
});

test('A hidden page pauses, and catches up when it is visible again', async ({ page, api, simulatedDevices }) => {
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
  await page.getByRole('button', { name: 'Show 1 newer job' }).click();
  const progress = `${simulatedDevices} of ${simulatedDevices}`;
  await expectRow(jobTable(page), { Job: jobId, Status: 'Completed', Progress: progress });
});
