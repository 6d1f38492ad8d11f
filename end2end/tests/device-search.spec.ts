import { readFile } from 'node:fs/promises';
import { expect, ready, test } from '../support/app.ts';

// Two buildings of six floors with four devices each, and two devices in a third.
test.use({ simulatedDevices: 50 });

test('I find devices by an id, by a tag and by a query that I paste', async ({ page }) => {
  await page.goto('/devices');
  await ready(page);
  const query = page.getByRole('textbox', { name: 'Device query' });
  const newJob = page.getByRole('link', { name: 'New job', exact: true });
  await expect(newJob, 'nothing is chosen yet').toHaveAttribute('href', '/jobs/new');

  const asQuery = page.getByRole('main').getByText('As a query:').getByRole('link');
  for (const [typed, shown, condition, found] of [
    ['door-0042', 'door-0042', /^CONTAINS\(deviceId, 'door-0042'\)/, '1 device matches'],
    ['building 41', 'building 41', /^tags\.building = '41'/, '24 devices match'],
    ['building = 42', 'building = 42', /^tags\.building = '42'/, '2 devices match'],
    ["SELECT * FROM devices WHERE tags.building = '42'", "tags.building = '42'", null, '2 devices match'],
    ["deviceId = 'door-0001'", "deviceId = 'door-0001'", null, '1 device matches'],
  ] as const) {
    await test.step(typed, async () => {
      await query.fill(typed);
      await query.press('Enter');
      await expect(page.getByText(found, { exact: true })).toBeVisible();
      await expect(query, 'what was typed').toHaveValue(shown);
      if (condition) await expect(asQuery, 'what was asked of the hub').toHaveText(condition);
      else await expect(asQuery, 'it is a query already').toHaveCount(0);
      await expect(page.getByRole('link', { name: 'New job on these' })).toHaveAttribute('href', /query=/);
    });
  }

  await test.step('words as a query', async () => {
    await page.goto('/devices?query=building+42');
    await ready(page);
    await expect(page.getByText('2 devices match', { exact: true }), 'a link with words').toBeVisible();
    await asQuery.click();
    await expect(query).toHaveValue(/^tags\.building = '42'/);
    await expect(page.getByText('2 devices match', { exact: true })).toBeVisible();
  });

  await query.fill('no-such-door');
  await query.press('Enter');
  await expect(page.getByRole('heading', { name: 'No device matches this query.' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'New job on these' })).toHaveAttribute('aria-disabled', 'true');
  await page.goBack();
  await expect(page.getByText('2 devices match', { exact: true }), 'one step back').toBeVisible();
});

test('I find devices by a tag in the palette', async ({ page }) => {
  await page.goto('/jobs/new');
  await ready(page);
  await page.getByRole('button', { name: 'Go to job or device' }).click();
  const palette = page.getByRole('dialog', { name: 'Go to job or device' });
  await palette.getByRole('combobox').fill('building 42');
  const devices = palette.getByRole('group', { name: 'Devices' });
  await expect(devices.getByRole('option', { name: 'door-0049' })).toBeVisible();
  await expect(devices.getByRole('option', { name: 'door-0050' })).toBeVisible();
});

test('I export exactly the listed devices with their columns', async ({ page }) => {
  const query = new URLSearchParams({ query: "tags.building = '42'", cols: 'connection,tags.wing' });
  await page.goto(`/devices?${query}`);
  await ready(page);
  await expect(page.getByText('2 devices match')).toBeVisible();
  const file = async (name: string): Promise<string> => {
    await page.getByText('Export', { exact: true }).click();
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: new RegExp(`^${name}\\s*2 devices`) }).click();
    return readFile(await (await download).path(), 'utf8');
  };
  const [head, ...lines] = (await file('CSV')).trim().split(/\r?\n/);
  expect(head).toMatch(/^deviceId,connectionState,.*,tags\.wing$/);
  expect(lines.map((line) => line.split(',')[0])).toEqual(['door-0049', 'door-0050']);
  const devices = JSON.parse(await file('JSON')) as { deviceId: string; values: Record<string, unknown> }[];
  expect(devices.map(({ deviceId }) => deviceId)).toEqual(['door-0049', 'door-0050']);
  expect(Object.keys(devices[0]?.values ?? {})).toEqual(['tags.wing']);
});

test('On a phone I see where a device is and when it was active, and select it', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto('/devices');
  await ready(page);
  const row = page.getByRole('row').filter({ hasText: 'door-0003' });
  await expect(row.getByText(/^Building 40, floor 1/)).toBeVisible();
  await expect(row.getByText(/Last activity (now|\d+ (s|min) ago)/)).toBeVisible();
  await row.getByRole('checkbox', { name: 'Select door-0003' }).check();
  await expect(page.getByRole('region', { name: 'Selection' })).toContainText('1 device is selected');
});

test('No column is hidden while there is room for it', async ({ page }) => {
  const head = (name: string) => page.getByRole('columnheader', { name, exact: true });
  await page.setViewportSize({ width: 1024, height: 800 });
  await page.goto('/devices');
  await ready(page);
  for (const name of ['Device', 'Connection', 'Place', 'Tags', 'Twin', 'Last activity']) {
    await expect(head(name)).toBeVisible();
  }
  await expect(head('Status'), 'no room').toBeHidden();
  await page.setViewportSize({ width: 800, height: 800 });
  await expect(head('Place'), 'no room').toBeHidden();
  await expect(head('Last activity')).toBeVisible();
});
