import { type Page } from '@playwright/test';
import { lockDoors } from '../support/api.ts';
import { expect, markDocument, ready, test } from '../support/app.ts';

/** Every control of a page's content that can have the focus and be left in it; of the rows of a table, those of the first. */
const CONTROLS =
  'main :is(input:not([type=hidden]), textarea, select, button, [role=img][tabindex], [role=separator]):not(tr + tr *)';

/** Focuses the control with this number, if there is one; `types` a character where that is possible. */
async function focusControl(page: Page, number: number, types = true): Promise<boolean> {
  const control = page.locator(CONTROLS).filter({ visible: true }).nth(number);
  if ((await control.count()) === 0) return false;
  await control.focus();
  if (types && await control.evaluate((element) => element.matches('input[type=text], input[type=search], textarea'))) {
    await page.keyboard.type('t');
  }
  return true;
}

/** Follows a link of the top bar without moving the focus to it, as a script or a shortcut does. */
async function followLink(page: Page, name: string): Promise<void> {
  const link = page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name });
  await link.evaluate((element: HTMLElement) => element.click());
}

const onJobs = async (page: Page): Promise<void> => {
  await expect(page.getByRole('heading', { level: 1, name: 'Jobs' })).toBeVisible();
};

for (const [name, path, heading] of [
  ['the form', '/jobs/new?method=lockDoor', 'New job'],
  ['the list of devices', '/devices', 'Devices'],
  ['a device', '/devices/door-0001', 'door-0001'],
  ['the simulator', '/simulator', 'Simulator'],
] as const) {
  test(`I leave ${name} by a link and by Back, whichever of its controls has the focus`, async ({ page }) => {
    test.slow();
    await page.goto('/jobs');
    await ready(page);
    await onJobs(page);
    const expectSameDocument = await markDocument(page);
    // A form that was changed asks before it is left; that is a story of its own.
    const types = path !== '/jobs/new?method=lockDoor';
    const arrive = async (): Promise<void> => {
      await page.evaluate((address) => {
        const link = document.createElement('a');
        link.href = address;
        document.body.append(link);
        link.click();
        link.remove();
      }, path);
      await expect(page.getByRole('heading', { level: 1, name: heading })).toBeVisible();
      await expect(page.locator(CONTROLS).filter({ visible: true }).first()).toBeVisible();
    };
    for (let number = 0; ; number += 1) {
      await arrive();
      if (!(await focusControl(page, number, types))) break;
      await followLink(page, 'Jobs');
      await onJobs(page);

      await arrive();
      await focusControl(page, number, types);
      await page.goBack();
      await onJobs(page);
    }
    await expectSameDocument();
  });
}

test('I leave the page of a job by a link and by Back while its controls have the focus', async ({ page, api }) => {
  await api.simulate({ errorShare: 0.3, seed: 7 });
  const { jobId } = await api.createJob(lockDoors());
  await api.finished(jobId);
  await page.goto('/jobs');
  await ready(page);
  const expectSameDocument = await markDocument(page);
  const row = page.getByRole('row').filter({ hasText: jobId }).getByRole('link').first();
  for (let number = 0; number < 12; number += 1) {
    await row.click();
    await expect(page.getByRole('table', { name: 'Devices of this job' })).toBeVisible();
    if (!(await focusControl(page, number))) break;
    if (number % 2 === 0) await page.goBack();
    else await followLink(page, 'Jobs');
    await onJobs(page);
  }
  await expectSameDocument();
});

test('I send the form from its query field with the keyboard', async ({ page, api }) => {
  await page.goto('/jobs');
  await ready(page);
  await page.keyboard.press('n');
  await page.getByLabel('Method name').fill('lockDoor');
  const query = page.getByRole('textbox', { name: 'Query condition' });
  await query.fill("deviceId = 'door-0001'");
  await expect(page.getByRole('complementary', { name: 'Review' })).toContainText('1 device');
  await query.focus();
  await page.keyboard.press('Control+Enter');
  await page.waitForURL(/\/jobs\/(?!new)[^/?]+/);
  await api.finished(decodeURIComponent(/\/jobs\/([^/?]+)/.exec(page.url())?.[1] ?? ''));
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
});
