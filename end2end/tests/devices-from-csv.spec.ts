import { expectNoFindings } from '../support/accessibility.ts';
import { expect, ready, test } from '../support/app.ts';

test.use({ simulatedDevices: 7 });

const TABLE = `deviceId,tags.building,tags.floor:number,status
story-0,s71,0,enabled
story-1,s71,1,
story-2,s71,2,
story-3,s71,3,
story-4,s71,4,
story-5,s71,5,disabled
story-6,s72,6,
story-7,s72,7,
story-8,s72,8,
story-9,s72,9,
`;

// A line of the first table is refused.
test.use({ allowedProblems: /status of 422/ });

test('I create ten devices from a CSV, disable a building, and undo it', async ({ page }) => {
  await page.goto('/devices');
  await ready(page);
  await page.getByRole('main').getByRole('link', { name: 'New devices' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'New devices' })).toBeVisible();

  // A line is wrong: it is named, and nothing is created.
  const table = page.getByRole('textbox', { name: 'Table' });
  await table.fill(TABLE.replace('story-3,', 'story 3,'));
  await page.getByRole('button', { name: 'Check the table' }).click();
  await expect(page.getByRole('alert')).toContainText("Line 5: invalid device id 'story 3'");
  await expect(page.getByRole('button', { name: /^Create \d+ devices$/ })).toHaveCount(0);

  await page.getByLabel('Read a file…').setInputFiles({ name: 'doors.csv', mimeType: 'text/csv', buffer: Buffer.from(TABLE) });
  await expect(page.getByRole('status').filter({ hasText: '10 new devices, 1 of them disabled' })).toBeVisible();
  await page.getByRole('button', { name: 'Create 10 devices' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Create 10 devices' })).toBeVisible();
  await expect(page.getByRole('status').filter({ hasText: '10 created.' })).toBeVisible();
  await expectNoFindings(page);

  await page.goto(`/devices?${new URLSearchParams({ query: "tags.building = 's71'" })}`);
  await ready(page);
  await page.getByRole('checkbox', { name: 'Select all on this page' }).check();
  const selection = page.getByRole('region', { name: 'Selection' });
  await expect(selection).toContainText('6 devices are selected');
  await selection.getByRole('link', { name: 'Disable…' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Disable 6 devices?' })).toBeVisible();
  await page.getByLabel('Reason (optional)').fill('closed for repairs');
  await page.getByRole('button', { name: 'Disable 6 devices' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Disable 6 devices' })).toBeVisible();
  await expect(page.getByRole('status').filter({ hasText: '5 disabled, 1 was disabled already.' })).toBeVisible();
  await page.getByRole('link', { name: 'story-1' }).click();
  await expect(page.getByText('Disabled: it may not connect. Reason: closed for repairs')).toBeVisible();

  await page.goBack();
  await page.getByRole('link', { name: 'Undo for 5 devices' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Enable 5 devices?' })).toBeVisible();
  await page.getByRole('button', { name: 'Enable 5 devices' }).click();
  await expect(page.getByRole('status').filter({ hasText: '5 enabled.' })).toBeVisible();

  await page.goto('/audit?action=device%3Awrite');
  await expect(page.getByRole('row').filter({ hasText: 'device:write' }).first()).toBeVisible();
});

test('I see the connection string of a device once, and replace its key', async ({ page }) => {
  await page.goto('/devices/new');
  await ready(page);
  await page.getByLabel('Device id').fill('story-keys');
  await page.getByLabel('Tags (optional)').fill('{"building": "s73"}');
  await page.getByRole('button', { name: 'Create device' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'story-keys' })).toBeVisible();
  await ready(page);
  const registry = page.getByRole('region', { name: 'Registry' });
  await registry.getByRole('button', { name: 'Show with primary key' }).click();
  const shown = registry.getByRole('status').filter({ hasText: 'Connection string with the primary key' });
  await expect(shown).toContainText('DeviceId=story-keys;SharedAccessKey=');
  const before = await shown.getByRole('code').textContent();
  await registry.getByText('Replace a key…').click();
  await registry.getByRole('button', { name: 'Replace primary key' }).click();
  await expect(registry.getByRole('status').filter({ hasText: 'The primary key was replaced' })).toBeVisible();
  await page.reload();
  await ready(page);
  await expect(registry.getByText('SharedAccessKey=')).toHaveCount(0);
  await registry.getByRole('button', { name: 'Show with primary key' }).click();
  await expect(shown).toContainText('SharedAccessKey=');
  expect(await shown.getByRole('code').textContent()).not.toBe(before);

  await registry.getByRole('link', { name: 'Delete device…' }).click();
  await expect(page.getByRole('button', { name: 'Delete 1 device' })).toBeDisabled();
  await page.getByLabel('Type 1 to confirm').fill('1');
  await page.getByRole('button', { name: 'Delete 1 device' }).click();
  await expect(page.getByRole('status').filter({ hasText: '1 deleted.' })).toBeVisible();
});
