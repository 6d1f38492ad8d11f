// What stories do with the form and with a job's page.

import { expect, type Locator, type Page } from '@playwright/test';

export type JobType = 'Direct method' | 'Desired properties' | 'Tags';

/** A chip above the device grid, as in "50 Succeeded". */
export function stateChip(page: Page, state: string): Locator {
  return page.getByRole('list', { name: 'Filter devices by state' }).getByRole('link', { name: state });
}

/** Waits for the chip to show `count`, live. */
export async function expectState(page: Page, state: string, count: number, timeout?: number): Promise<void> {
  const name = new RegExp(`^${count.toLocaleString('en-GB')}\\s*${state}$`);
  await expect(stateChip(page, state), `devices ${state}`).toHaveAccessibleName(name, timeout ? { timeout } : {});
}

/** The badge that shows whether the page is up to date: "Live", or why not. */
export function liveBadge(page: Page, words: string | RegExp): Locator {
  return page.getByRole('status').filter({ hasText: words });
}

/** That a page is up to date: the live badge, or on the page of a job that has ended when that was. */
export function upToDate(page: Page): Locator {
  return liveBadge(page, 'Live').or(page.getByRole('main').getByText(/^Ended .*\d/)).first();
}

/** The row of a device in the grid of a job's page. */
export function deviceRow(page: Page, deviceId: string): Locator {
  return page.getByRole('row').filter({ has: page.getByText(deviceId, { exact: true }) });
}

/** Waits until a job's page is interactive: before that, a click on a link loads a page. */
export async function jobPageReady(page: Page): Promise<void> {
  await expect(page.locator('main[data-ready]'), 'the job page is interactive').toBeAttached({ timeout: 45_000 });
}

/** Waits for the page of this job: names need not be unique, so its id is beside the name. */
export async function expectJobPage(page: Page, jobId: string): Promise<void> {
  await expect(page.getByRole('main').locator('.run__id').getByText(jobId, { exact: true })).toBeVisible();
}

/** The link of a job in the list of jobs: its name and its id. The link beside it that cancels or stops it names both, too. */
export function jobLink(page: Page, jobId: string): Locator {
  return page.getByRole('main').getByRole('link', { name: new RegExp(`^(?!(Cancel|Stop) ).*, ${jobId}$`) });
}

/** The menu of a job in the list of jobs. */
export function jobMenu(page: Page, jobId: string): Locator {
  return page.getByLabel(new RegExp(`^More for .+, ${jobId}$`));
}

/** The dialog that asks before a job is cancelled or stopped. It names the job, with the id below. */
export function cancelDialog(page: Page, jobId: string, verb: 'Cancel' | 'Stop' = 'Cancel'): Locator {
  return page.getByRole('dialog', { name: new RegExp(`^${verb} “.+”\\?$`) }).filter({ hasText: jobId });
}

/** The rows of the grid that are on the page. */
export function deviceRows(page: Page): Locator {
  return page.getByRole('table', { name: 'Devices of this job' }).getByRole('rowheader');
}

/** Opens the empty form and waits until it is interactive: then its button is disabled. */
export async function openNewJob(page: Page): Promise<void> {
  await page.goto('/jobs/new');
  await expect(submitButton(page), 'the form is interactive').toBeDisabled({ timeout: 45_000 });
}

/** Waits until the list of jobs is interactive: before that, a form or a link loads a page. */
export async function jobListReady(page: Page): Promise<void> {
  await expect(liveBadge(page, 'Live'), 'the list is live').toBeVisible({ timeout: 45_000 });
}

export async function chooseJobType(page: Page, type: JobType): Promise<void> {
  await page.getByRole('radiogroup', { name: 'Job type' }).getByRole('radio', { name: type }).check();
}

/** Fills the target with a query condition, the text after WHERE. */
export async function targetQuery(page: Page, condition: string): Promise<void> {
  await page.getByRole('radiogroup', { name: 'Choose devices by' }).getByRole('radio', { name: 'Query' }).check();
  await page.getByRole('textbox', { name: 'Query condition' }).fill(condition);
}

/** Fills the target with a list of device ids. */
export async function targetList(page: Page, ids: string): Promise<void> {
  await page.getByRole('radiogroup', { name: 'Choose devices by' }).getByRole('radio', { name: 'Device list' }).check();
  await page.getByRole('textbox', { name: 'Device ids' }).fill(ids);
}

export async function targetEveryDevice(page: Page): Promise<void> {
  await page
    .getByRole('radiogroup', { name: 'Choose devices by' })
    .getByRole('radio', { name: 'Every device' })
    .check();
}

/** The primary button, which names action and number: "Run lockDoor on 50 devices". */
export function submitButton(page: Page): Locator {
  return page.getByRole('complementary', { name: 'Review' }).getByRole('button', { name: /^(Run|Schedule|Create|Save|Set|Fix|Enter|Choose|Change|Register|Counting|Sending)\b/ });
}

/** Waits for the label of the primary button, as in "Run lockDoor on 50 devices". */
export async function expectSubmit(page: Page, promise: string | RegExp): Promise<void> {
  await expect(submitButton(page), 'the button names action and number').toHaveAccessibleName(promise);
  await expect(submitButton(page)).toBeEnabled();
}

/** Confirms a job on many devices: types their number into the dialog that the Run button opens, and sends it. */
export async function confirmNumber(page: Page, devices: number): Promise<void> {
  const dialog = page.getByRole('dialog', { name: /^(Run|Schedule|Set) .*\?$/ });
  await dialog.getByLabel(/^Type [\d,]+ to confirm$/).fill(String(devices));
  await dialog.getByRole('button', { name: /^(Run|Schedule|Set)/ }).click();
}

/** Waits for the page of the new job and returns the id from its URL. */
export async function jobIdInAddress(page: Page): Promise<string> {
  await page.waitForURL(/\/jobs\/(?!new)[^/?]+/);
  return decodeURIComponent(/\/jobs\/([^/?]+)/.exec(page.url())?.[1] ?? '');
}
