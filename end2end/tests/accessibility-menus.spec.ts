import { type Locator, type Page } from '@playwright/test';
import { type Api, lockDoors, tomorrow } from '../support/api.ts';
import { expect, ready, test } from '../support/app.ts';
import { expectNoFindings } from '../support/accessibility.ts';
import { jobListReady, jobMenu, jobPageReady, openNewJob } from '../support/jobs.ts';

// Every page with its menus open.

const OPEN = '.menu[open]';

/** Opens a menu by its button, audits the page, and closes it again with Escape. */
async function auditMenu(page: Page, button: Locator, item: Locator, widths?: number[]): Promise<void> {
  await button.click();
  await expect(item).toBeVisible();
  await expectNoFindings(page, OPEN, widths);
  await button.focus();
  await page.keyboard.press('Escape');
  await expect(item).toBeHidden();
}

/** A job that has ended with failures, and one for tomorrow. */
async function twoJobs(api: Api): Promise<{ ended: string; planned: string }> {
  await api.simulate({ errorShare: 0.3, seed: 7 });
  const { jobId: ended } = await api.createJob(lockDoors());
  await api.finished(ended);
  const { jobId: planned } = await api.createJob(lockDoors({ startTime: tomorrow() }));
  return { ended, planned };
}

test.setTimeout(240_000);

test('Every menu passes the audit when it is open', async ({ page, api }) => {
  const { ended, planned } = await twoJobs(api);
  const device = (await api.devices())[0]?.deviceId ?? 'none';
  const item = (name: string | RegExp) => page.getByRole('listitem').filter({ hasText: name }).last();
  const summary = (text: string) => page.locator('summary').filter({ hasText: text });

  await test.step('a job of the list', async () => {
    await page.goto('/jobs');
    await jobListReady(page);
    await auditMenu(page, jobMenu(page, planned), item('Start another like this'));
  });

  await test.step('rerun, export and copy of a job', async () => {
    await page.goto(`/jobs/${ended}`);
    await jobPageReady(page);
    await auditMenu(page, page.getByLabel('Rerun another part'), item('All that did not succeed'));
    await auditMenu(page, summary('Export'), item('Device ids'));
    // On a phone the job's commands are in the form of another job like it.
    await auditMenu(page, summary('Copy as'), item('curl'), [1440]);
  });

  await test.step('columns and names of the device list', async () => {
    await page.goto('/devices');
    await ready(page);
    await auditMenu(page, summary('Columns'), item('Reset columns'));
    await page.getByLabel('More names to narrow by').click();
    await expectNoFindings(page, OPEN);
  });

  await test.step('copy of a device', async () => {
    await page.goto(`/devices/${device}`);
    await ready(page);
    await auditMenu(page, summary('Copy as'), item('Twin as JSON'));
    await summary('Edit tags').click();
    await expectNoFindings(page);
  });

  await test.step('recent and saved of the form', async () => {
    await openNewJob(page);
    await auditMenu(page, summary('Recent and saved'), item('Save this form as a template'));
  });

  await test.step('more settings of the simulator', async () => {
    await page.goto('/simulator');
    await ready(page);
    await summary('Connections and seed').click();
    await expectNoFindings(page);
  });
});
