import { type Page } from '@playwright/test';
import { expect, ready, test } from '../support/app.ts';
import { expectState, expectSubmit, jobIdInAddress, submitButton } from '../support/jobs.ts';

const stat = (page: Page, name: string) => page.getByRole('region', { name: 'Size' }).locator('.figure').filter({ hasText: name });

test('I give doors a name, run a job on them, and see it from both sides', async ({ page, api, simulatedDevices }) => {
  await page.goto('/devices');
  await ready(page);
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Groups' }).click();
  await page.getByRole('main').getByRole('link', { name: 'New group' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Campus doors');
  const query = page.getByRole('textbox', { name: 'Query condition' });
  await query.fill("tags.simulated == true");
  await query.blur();
  await expect(page.getByRole('alert').filter({ hasText: /column/i })).toBeVisible();
  await query.fill('tags.simulated = true');
  await query.blur();
  await expect(page.getByRole('status').filter({ hasText: `${simulatedDevices} devices now` })).toBeVisible();
  await page.getByRole('button', { name: 'Create group' }).click();

  await expect(page.getByRole('heading', { level: 1, name: 'Campus doors' })).toBeVisible();
  await expect(page).toHaveURL(/\/groups\/campus-doors$/);
  await expect(stat(page, 'Devices')).toContainText(String(simulatedDevices));
  await page.getByRole('link', { name: `New job on ${simulatedDevices} devices` }).click();
  await expect(page.getByRole('combobox', { name: 'Group' })).toHaveValue('campus-doors');
  await page.getByLabel('Method name').fill('lockDoor');
  await expectSubmit(page, `Run lockDoor on ${simulatedDevices} devices`);
  await submitButton(page).click();
  const jobId = await jobIdInAddress(page);
  await expect(page.getByRole('heading', { level: 1, name: 'lockDoor on Campus doors' })).toBeVisible();
  await api.finished(jobId);
  await expectState(page, 'Succeeded', simulatedDevices);

  await page.getByRole('link', { name: 'Campus doors', exact: true }).click();
  const uses = page.getByRole('region', { name: 'Used by' });
  await expect(uses.getByRole('link', { name: new RegExp(jobId) })).toBeVisible();
  await expect(uses).toContainText('1 ended job');

  await page.getByRole('link', { name: 'Edit' }).click();
  await page.getByLabel('Name', { exact: true }).fill('All doors');
  await page.getByRole('button', { name: 'Save group' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'All doors' })).toBeVisible();
  await page.getByRole('link', { name: 'Delete…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Delete the group All doors?' });
  await dialog.getByRole('button', { name: 'Delete group' }).click();
  await expect(page.getByRole('heading', { name: 'No groups yet.' })).toBeVisible();
});

test('I make a group from a CSV file, and see which id does not exist', async ({ page, api }) => {
  const ids = (await api.devices()).slice(0, 2).map((device) => device.deviceId);
  await page.goto('/groups/new');
  await ready(page);
  await page.getByLabel('Name', { exact: true }).fill('Pilot');
  await page.getByRole('radio', { name: 'Device list' }).check();
  await page.getByLabel('Read a file…').setInputFiles({
    name: 'pilot.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from(`building,deviceId\n${[...ids, 'no-such-door'].map((id) => `43,${id}`).join('\n')}\n`),
  });
  await expect(page.getByText('pilot.csv: Ids read from column deviceId (2 columns).')).toBeVisible();
  await expect(page.getByRole('status').filter({ hasText: '2 devices found, 1 id does not exist' })).toBeVisible();
  await page.getByRole('button', { name: 'Create group' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Pilot' })).toBeVisible();
  await expect(stat(page, 'Devices')).toContainText('1 id does not exist');
  const members = page.getByRole('table', { name: 'Members' });
  await expect(members.getByRole('row').filter({ hasText: 'no-such-door' })).toContainText('does not exist');
  await expect(members.getByRole('link', { name: ids[0] ?? '' })).toBeVisible();
});
