import { type Page } from '@playwright/test';
import { lockDoors } from '../support/api.ts';
import { expect, ready, test } from '../support/app.ts';
import { jobPageReady } from '../support/jobs.ts';

/** Two keys that belong together. The second is sent at once: on a busy machine it might come too late otherwise. */
async function pressInTurn(page: Page, first: string, second: string): Promise<void> {
  await Promise.all([page.keyboard.press(first), page.keyboard.press(second)]);
}

test('Single keys lead through the console', async ({ page, api }) => {
  const { jobId } = await api.createJob(lockDoors());
  await api.finished(jobId);
  await page.goto('/jobs');
  await ready(page);

  await pressInTurn(page, 'g', 'd');
  await expect(page.getByRole('heading', { level: 1, name: 'Devices' })).toBeVisible();
  // The heading comes before the rows, and without rows there is nothing to move to.
  const device = (row: number) => page.getByRole('main').getByRole('rowheader').nth(row).getByRole('link');
  await expect(device(2)).toBeVisible();
  for (const row of [0, 1, 2]) {
    await page.keyboard.press('j');
    await expect(device(row), 'the next row').toBeFocused();
  }
  await page.keyboard.press('k');
  await expect(device(1), 'the row before').toBeFocused();
  const deviceId = await device(1).innerText();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: deviceId })).toBeVisible();

  await pressInTurn(page, 'g', 's');
  await expect(page.getByRole('heading', { level: 1, name: 'Simulator' })).toBeVisible();
  await pressInTurn(page, 'g', 'j');
  await expect(page).toHaveURL(/\/jobs$/);
  await expect(page.getByRole('row').filter({ hasText: jobId })).toBeVisible();
  await page.keyboard.press('s');
  const search = page.getByRole('main').getByRole('search').locator('input:not([type=hidden])').first();
  await expect(search).toBeFocused();

  await page.keyboard.type('njk/?');
  await expect(search, 'while typing, keys are characters').toHaveValue('njk/?');
  await expect(page).toHaveURL(/\/jobs$/);
  await search.fill('');
  await search.blur();
  await page.keyboard.press('n');
  await expect(page.getByRole('heading', { level: 1, name: 'New job' })).toBeVisible();
});

test('I go from failure to failure, and Escape goes back one step', async ({ page, api }) => {
  await api.simulate({ errorShare: 0.3, seed: 7 });
  const { jobId } = await api.createJob(lockDoors());
  await api.finished(jobId);
  const failed = (await api.results(jobId)).filter((result) => result.outcome === 'failed');
  expect(failed.length, 'devices that failed').toBeGreaterThan(2);
  await page.goto(`/jobs/${jobId}`);
  await expect(page.locator('main[data-ready]')).toBeAttached();

  const deviceInAddress = () => new URL(page.url()).searchParams.get('device');
  const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim() ?? '');
  const ids = failed.map(({ deviceId }) => deviceId);
  await page.keyboard.press('f');
  await expect.poll(async () => ids.includes(await focused()), 'a failed device has the focus').toBe(true);
  const first = await focused();
  await page.keyboard.press('f');
  await expect.poll(focused, 'the next failure has the focus').not.toBe(first);
  const second = await focused();
  expect(ids, 'it failed too').toContain(second);
  expect(deviceInAddress(), 'moving the focus opens nothing').toBeNull();

  await page.keyboard.press('Enter');
  await expect.poll(deviceInAddress, 'Enter opens the focused device').toBe(second);
  const drawer = page.getByRole('complementary', { name: /^Device / });
  await expect(drawer).toContainText('Failed');
  await page.keyboard.press('f');
  await expect.poll(deviceInAddress, 'the next failure').not.toBe(second);
  await expect(drawer).toContainText('Failed');

  await page.keyboard.press('Escape');
  await expect(drawer).toHaveCount(0);
  expect(deviceInAddress()).toBeNull();
});

test('A key works at once after a dialog is closed', async ({ page }) => {
  await page.goto('/jobs');
  await ready(page);
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('dialog', { name: 'Go to job or device' }).getByRole('combobox')).toBeFocused();
  // Both within one frame: the field that was removed still has the focus.
  await page.evaluate(() => {
    document.querySelector<HTMLDialogElement>('dialog[open]')?.close();
    document.body.dispatchEvent(new KeyboardEvent('keydown', { key: '?', bubbles: true, cancelable: true }));
  });
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible();
});

test('The list of keys opens on ? and turns single keys off for good', async ({ page }) => {
  await page.goto('/jobs/new');
  await ready(page);
  await page.keyboard.press('?');
  const list = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await expect(list.getByText('Next failure')).toBeVisible();
  const single = list.getByRole('switch', { name: /^Single-key shortcuts/ });
  await expect(single).toBeChecked();
  await single.uncheck();
  await page.keyboard.press('Escape');
  await expect(list).toBeHidden();

  await page.reload();
  await ready(page);
  await page.keyboard.press('/');
  await page.keyboard.press('?');
  await page.keyboard.press('Control+k');
  const palette = page.getByRole('dialog', { name: 'Go to job or device' });
  await expect(palette, 'Ctrl K still works').toBeVisible();
  await expect(palette.getByRole('combobox'), 'and nothing else did').toHaveValue('');
  await expect(list).toBeHidden();

  await palette.getByRole('combobox').fill('turn single-key');
  await page.keyboard.press('Enter');
  const toast = page.getByRole('status').filter({ hasText: 'Single-key shortcuts are on.' });
  await expect(toast).toBeVisible();
  await toast.getByRole('button', { name: 'Undo' }).click();
  await expect(toast.getByText('Single-key shortcuts')).toHaveCount(0);
  await page.keyboard.press('?');
  await page.keyboard.press('Control+k');
  await expect(palette, 'undone: still off').toBeVisible();
  await expect(list).toBeHidden();
});

test('The list of keys names only keys that do something', async ({ page }) => {
  await page.goto('/jobs');
  await ready(page);
  await page.keyboard.press('?');
  const list = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await expect(list).toContainText('Close, then clear filter');
  await expect(list, 'a device has no attempts to go through').not.toContainText('Attempt');
});

test('On the page of a job j begins in the list of devices, and Escape empties the search before it leaves it', async ({ page, api }) => {
  await api.simulate({ errorShare: 0.3, seed: 7 });
  const { jobId } = await api.createJob(lockDoors());
  await api.finished(jobId);
  await page.goto(`/jobs/${jobId}?order=device`);
  await jobPageReady(page);
  const table = page.getByRole('table', { name: 'Devices of this job' });
  await expect(page.getByRole('region', { name: 'Causes' }).getByRole('table'), 'another table comes first').toBeVisible();
  await page.keyboard.press('j');
  await expect(table.getByRole('rowheader').first().getByRole('link')).toBeFocused();

  await page.keyboard.press('s');
  const find = page.getByRole('searchbox', { name: 'Find a device' });
  await page.keyboard.type('door-0003');
  await expect(page).toHaveURL(/find=door-0003/);
  await expect(table.getByRole('rowheader')).toHaveCount(1);
  await page.keyboard.press('Escape');
  await expect(find).toHaveValue('');
  await expect(find, 'the next word can be typed').toBeFocused();
  await expect(page).not.toHaveURL(/find=/);
  await page.keyboard.press('Escape');
  await expect(find).not.toBeFocused();
  await page.keyboard.press('j');
  await expect(table.getByRole('rowheader').first().getByRole('link'), 'keys are keys again').toBeFocused();
});
