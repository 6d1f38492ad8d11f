import { type Page } from '@playwright/test';
import { expect, ready, test } from '../support/app.ts';

// Two buildings of six floors with four doors each, and two doors of a third.
test.use({ simulatedDevices: 50 });

const names = (page: Page) => page.getByRole('list', { name: 'Narrow by', exact: true });
const values = (page: Page, name: string) => page.getByRole('group', { name: `Devices by ${name}` });
const rows = (page: Page) => page.locator('tbody').getByRole('row');

test('I narrow the list by what devices have in common, and take it away again', async ({ page }) => {
  await page.goto('/devices');
  await ready(page);
  await names(page).getByRole('link', { name: 'building', exact: true }).click();
  await expect(values(page, 'building').getByRole('link')).toHaveText(['40 24', '41 24', '42 2']);
  await expect(page).toHaveURL(/facet=tags\.building/);

  await values(page, 'building').getByRole('link', { name: '42 2' }).click();
  await expect(page.getByText('2 devices match')).toBeVisible();
  await expect(rows(page)).toHaveCount(2);
  await expect(page.getByRole('textbox', { name: 'Device query' })).toHaveValue("tags.building = '42'");
  const chosen = values(page, 'building').getByRole('link', { name: '42 2' });
  await expect(chosen, 'the others stay in sight').toHaveAttribute('aria-current', 'true');

  await values(page, 'building').getByRole('link', { name: '40 24' }).click();
  await expect(page.getByText('24 devices match')).toBeVisible();
  await names(page).getByRole('link', { name: 'floor', exact: true }).click();
  await values(page, 'floor').getByRole('link', { name: '3 4' }).click();
  await expect(page.getByRole('textbox', { name: 'Device query' })).toHaveValue(
    "tags.building = '40' AND tags.floor = '3'",
  );
  await expect(rows(page)).toHaveCount(4);

  await page.reload();
  await ready(page);
  await expect(values(page, 'floor').getByRole('link', { name: '3 4' })).toHaveAttribute('aria-current', 'true');
  await page.getByRole('link', { name: 'Remove building = 40' }).click();
  await expect(page.getByText('8 devices match')).toBeVisible();
  await page.goBack();
  await expect(page.getByText('4 devices match')).toBeVisible();
  await expect(page.getByRole('link', { name: 'New job on these' })).toHaveAttribute('href', /tags\.floor/);
});

test('I see who is disconnected, and switch', async ({ page, api }) => {
  await api.simulate({ offlineShare: 0 });
  await page.goto('/devices');
  await ready(page);
  await page.getByRole('list', { name: 'Narrow by connection' }).getByRole('link', { name: '50 connected' }).click();
  await expect(page).toHaveURL(/connectionState/);
  await page.getByRole('link', { name: 'Remove connectionState = Connected' }).click();
  await expect(page).toHaveURL(/\/devices$/);
});

test('I choose the columns of the table', async ({ page }) => {
  await page.goto('/devices');
  await ready(page);
  const head = page.getByRole('columnheader');
  await page.getByText('Columns', { exact: true }).click();
  await page.getByRole('link', { name: 'Show wing' }).click();
  await expect(head.filter({ hasText: 'wing' })).toBeVisible();
  await page.getByRole('link', { name: 'Show reported lock.state' }).click();
  await page.getByRole('link', { name: 'Hide Place' }).click();
  await expect(head.filter({ hasText: 'Place' })).toHaveCount(0);
  await expect(page.getByRole('row').filter({ hasText: 'door-0001' }).getByRole('cell').filter({ hasText: /locked$/ }))
    .toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('link', { name: 'Hide wing' })).toBeHidden();

  const address = page.url();
  await page.goto('/devices');
  await expect(head.filter({ hasText: 'wing' }), 'as usual').toHaveCount(0);
  await page.goto(address);
  await expect(head.filter({ hasText: 'wing' }), 'the address is the state').toBeVisible();
  await page.goto('/devices?cols=place,size');
  await expect(page.getByRole('status').filter({ hasText: 'cols=size means nothing here' })).toBeVisible();
});

test.describe('Without scripts', () => {
  test.use({ javaScriptEnabled: false });

  test('I narrow the list all the same', async ({ page }) => {
    await page.goto('/devices');
    await names(page).getByRole('link', { name: 'building', exact: true }).click();
    await values(page, 'building').getByRole('link', { name: '42 2' }).click();
    await expect(rows(page)).toHaveCount(2);
    await page.getByText('Columns', { exact: true }).click();
    await page.getByRole('link', { name: 'Show wing' }).click();
    await expect(page.getByRole('columnheader', { name: 'wing' })).toBeVisible();
    await expect(rows(page)).toHaveCount(2);
  });
});

test('Nothing moves that I have not moved, also on a phone', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.addInitScript(() => {
    const shifts: number[] = [];
    Object.assign(window, { shifts });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        if (!(entry as unknown as { hadRecentInput: boolean }).hadRecentInput) {
          shifts.push((entry as unknown as { value: number }).value);
        }
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
  await page.goto('/devices?facet=tags.building');
  await ready(page);
  await expect(page.getByRole('link', { name: '50 connected' })).toBeVisible();
  await values(page, 'building').getByRole('link', { name: '42 2' }).click();
  await expect(page.getByText('2 devices match')).toBeVisible();
  const shifted = await page.evaluate(() => (window as unknown as { shifts: number[] }).shifts.reduce((a, b) => a + b, 0));
  expect(shifted, 'layout shift').toBeLessThan(0.01);
});
