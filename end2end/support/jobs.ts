// Verbs of the stories: how a person fills the form and reads a job's page.

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

/** The badge that says whether the page is telling the truth now: "Live", or why not. */
export function liveBadge(page: Page, words: string | RegExp): Locator {
  return page.getByRole('status').filter({ hasText: words });
}

/** The row of a device in the grid of a job's page. */
export function deviceRow(page: Page, deviceId: string): Locator {
  return page.getByRole('row').filter({ has: page.getByText(deviceId, { exact: true }) });
}

/** Waits until a job's page follows the address and the stream: before that, a click is an ordinary link's. */
export async function jobPageReady(page: Page): Promise<void> {
  await expect(page.locator('main[data-ready]'), 'the job page is interactive').toBeAttached({ timeout: 45_000 });
}

/** The rows of the grid that are on the page. */
export function deviceRows(page: Page): Locator {
  return page.getByRole('table', { name: 'Devices of this job' }).getByRole('rowheader');
}

/** Opens the empty form and waits until it checks while one types: until then its button promises nothing. */
export async function openNewJob(page: Page): Promise<void> {
  await page.goto('/jobs/new');
  await expect(submitButton(page), 'the form is interactive').toBeDisabled({ timeout: 45_000 });
}

/** Waits until the list of jobs is live: before that, a form or a link is the browser's. */
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

/** The one primary button, which names action and number: "Run lockDoor on 50 devices". */
export function submitButton(page: Page): Locator {
  return page.getByRole('complementary', { name: 'Review' }).getByRole('button', { name: /^(Run|Schedule|Set|Fix|Name|Write|Paste|Choose)\b/ });
}

/** What the button promises, as in "Run lockDoor on 50 devices". */
export async function expectSubmit(page: Page, promise: string): Promise<void> {
  await expect(submitButton(page), 'the button names action and number').toHaveAccessibleName(promise);
  await expect(submitButton(page)).toBeEnabled();
}

/** Where a submit leads: the job's id is in the address. */
export async function jobIdInAddress(page: Page): Promise<string> {
  await page.waitForURL(/\/jobs\/(?!new)[^/?]+/);
  return decodeURIComponent(/\/jobs\/([^/?]+)/.exec(page.url())?.[1] ?? '');
}
