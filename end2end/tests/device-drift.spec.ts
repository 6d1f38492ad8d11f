import { expect, ready, test } from '../support/app.ts';
import { expectRow, twinTable } from '../support/table.ts';

test('I see that a device has not reported what is desired, and that it has once it is online', async ({ page, api, simulatedDevices }) => {
  const device = 'door-0001';
  // An offline device reports nothing.
  await api.simulate({ offlineShare: 1 });
  await api.connected(0);
  await page.goto(`/devices/${device}`);
  await ready(page);

  const patch = page.getByRole('textbox', { name: 'Desired properties to merge, JSON' });
  const send = page.getByRole('button', { name: `Patch ${device}` });
  await expect(page.getByRole('status').filter({ hasText: /^Live$/ })).toBeVisible();
  await patch.fill('{"telemetry": {"every": "60s"}}');
  await expect(page.getByText('This patch adds 1 value.'), 'the effect is shown before').toBeVisible();
  await expect(page.getByText('1 value will differ until the device reports it.')).toBeVisible();
  await send.click();

  const twin = page.getByRole('region', { name: 'Desired and reported properties' });
  const row = twin.getByRole('row', { name: /telemetry\.every/ });
  await expectRow(twinTable(page), { Property: 'telemetry.every', Desired: '"60s"', Reported: 'not reported' });
  await expect(row).toContainText(/Differs\s*asked (now|\d+ s ago)/);
  await expect(twin.getByRole('row').nth(1), 'what differs comes first').toContainText('telemetry.every');
  await page.getByRole('navigation', { name: 'Show properties' }).getByRole('link', { name: 'Differences 1' }).click();
  await expect(page).toHaveURL(/show=differences/);
  await expect(row).toBeVisible();

  const list = await page.context().newPage();
  await list.goto(`/devices?${new URLSearchParams({ query: `deviceId = '${device}'` })}`);
  await expect(list.getByRole('row').filter({ hasText: device }).getByRole('link', { name: '1 differs' })).toBeVisible();
  await list.close();

  await api.simulate({ offlineShare: 0 });
  await api.connected(simulatedDevices);
  await expect(page.getByText('No differences.'), 'seen without a reload').toBeVisible();
});
