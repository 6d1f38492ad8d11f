import { type Page } from '@playwright/test';
import { expect, ready, test } from '../support/app.ts';
import { deviceTable, expectRow } from '../support/table.ts';

// Two buildings of six floors with four devices each, and two devices in a third.
test.use({ simulatedDevices: 50 });

const names = (page: Page) => page.getByRole('list', { name: 'Narrow by', exact: true });
const values = (page: Page, name: string) => page.getByRole('group', { name: `Devices by ${name}` });
const rows = (page: Page) => page.locator('tbody').getByRole('row');

test('I filter the list by facets, and remove the filters again', async ({ page }) => {
  await page.goto('/devices');
  await ready(page);
  await names(page).getByRole('link', { name: 'building', exact: true }).click();
  await expect(values(page, 'building').getByRole('link')).toHaveText(['40: 24 devices', '41: 24 devices', '42: 2 devices']);
  await expect(page).toHaveURL(/facet=tags\.building/);

  await values(page, 'building').getByRole('link', { name: '42: 2 devices' }).click();
  await expect(page.getByText('2 devices match')).toBeVisible();
  await expect(rows(page)).toHaveCount(2);
  await expect(page.getByRole('textbox', { name: 'Device query' })).toHaveValue("tags.building = '42'");
  const chosen = values(page, 'building').getByRole('link', { name: '42: 2 devices' });
  await expect(chosen, 'the other values stay on the page').toHaveAttribute('aria-current', 'true');

  await values(page, 'building').getByRole('link', { name: '40: 24 devices' }).click();
  await expect(page.getByText('24 devices match')).toBeVisible();
  await names(page).getByRole('link', { name: 'floor', exact: true }).click();
  await values(page, 'floor').getByRole('link', { name: '3: 4 devices' }).click();
  await expect(page.getByRole('textbox', { name: 'Device query' })).toHaveValue(
    "tags.building = '40' AND tags.floor = '3'",
  );
  await expect(rows(page)).toHaveCount(4);

  await page.reload();
  await ready(page);
  await expect(values(page, 'floor').getByRole('link', { name: '3: 4 devices' })).toHaveAttribute('aria-current', 'true');
  await page.getByRole('link', { name: 'Remove building = 40' }).click();
  await expect(page.getByText('8 devices match')).toBeVisible();
  await page.goBack();
  await expect(page.getByText('4 devices match')).toBeVisible();
  await expect(page.getByRole('link', { name: 'New job on these' })).toHaveAttribute('href', /tags\.floor/);
});

test('I see which devices are disconnected, and show all again', async ({ page, api }) => {
  await api.simulate({ offlineShare: 0.2, seed: 7 });
  await expect.poll(async () => (await api.simulator()).connected, { message: 'some devices are offline' }).toBeLessThan(50);
  // The simulator counts its own connections; the hub's registry follows them.
  const disconnected = async () => (await api.devices("connectionState = 'Disconnected'")).length;
  await expect.poll(async () => (await disconnected()) + (await api.simulator()).connected).toBe(50);
  const offline = await disconnected();

  await page.goto('/devices');
  await ready(page);
  const byConnection = page.getByRole('list', { name: 'Narrow by connection' });
  await byConnection.getByRole('link', { name: `${offline} disconnected` }).click();
  await expect(page).toHaveURL(/connectionState/);
  await expect(rows(page)).toHaveCount(offline);
  await expect(rows(page).filter({ hasText: 'Disconnected' })).toHaveCount(offline);
  await page.getByRole('link', { name: 'Remove connectionState = Disconnected' }).click();
  await expect(page).toHaveURL(/\/devices$/);
  await expect(rows(page)).toHaveCount(50);
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
  await expectRow(deviceTable(page), { Device: 'door-0001', 'reported lock.state': /^(un)?locked$/ });
  await page.keyboard.press('Escape');
  await expect(page.getByRole('link', { name: 'Hide wing' })).toBeHidden();

  const address = page.url();
  await page.goto('/devices');
  await expect(head.filter({ hasText: 'wing' }), 'by default').toHaveCount(0);
  await page.goto(address);
  await expect(head.filter({ hasText: 'wing' }), 'the address is the state').toBeVisible();
  await page.goto('/devices?cols=place,size');
  await expect(page.getByRole('status').filter({ hasText: 'Unknown filter cols=size, ignored.' })).toBeVisible();
});

test.describe('Without scripts', () => {
  test.use({ javaScriptEnabled: false });

  test('I filter the list', async ({ page }) => {
    await page.goto('/devices');
    await names(page).getByRole('link', { name: 'building', exact: true }).click();
    await values(page, 'building').getByRole('link', { name: '42: 2 devices' }).click();
    await expect(rows(page)).toHaveCount(2);
    await page.getByText('Columns', { exact: true }).click();
    await page.getByRole('link', { name: 'Show wing' }).click();
    await expect(page.getByRole('columnheader', { name: 'wing' })).toBeVisible();
    await expect(rows(page)).toHaveCount(2);
  });
});

test('No layout shift while I filter on a phone', async ({ page }) => {
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
  await values(page, 'building').getByRole('link', { name: '42: 2 devices' }).click();
  await expect(page.getByText('2 devices match')).toBeVisible();
  const shifted = await page.evaluate(() => (window as unknown as { shifts: number[] }).shifts.reduce((a, b) => a + b, 0));
  expect(shifted, 'layout shift').toBeLessThan(0.01);
});
