import { lockDoors } from '../support/api.ts';
import { expect, ready, test } from '../support/app.ts';
import { liveBadge } from '../support/jobs.ts';

test('Single keys lead through the console', async ({ page, api }) => {
  const { jobId } = await api.createJob(lockDoors());
  await api.finished(jobId);
  await page.goto('/jobs');
  await ready(page);

  await page.keyboard.press('g');
  await page.keyboard.press('d');
  await expect(page.getByRole('heading', { level: 1, name: 'Devices' })).toBeVisible();
  const devices = (await api.devices()).map((device) => device.deviceId);
  for (const _ of [1, 2, 3]) await page.keyboard.press('j');
  await page.keyboard.press('k');
  const second = page.getByRole('row').filter({ hasText: devices[1] ?? 'none' });
  await expect(second.getByRole('link').first(), 'three rows down, one up').toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(new RegExp(`/devices/${devices[1]}`));

  await page.keyboard.press('g');
  await page.keyboard.press('s');
  await expect(page).toHaveURL(/\/simulator$/);
  await page.keyboard.press('g');
  await page.keyboard.press('j');
  await expect(page).toHaveURL(/\/jobs$/);
  await expect(page.getByRole('row').filter({ hasText: jobId })).toBeVisible();
  await page.keyboard.press('s');
  const search = page.getByRole('main').getByRole('search').locator('input:not([type=hidden])').first();
  await expect(search).toBeFocused();

  await page.keyboard.type('njk/?');
  await expect(search, 'while typing a key is a letter').toHaveValue('njk/?');
  await expect(page).toHaveURL(/\/jobs$/);
  await search.fill('');
  await search.blur();
  await page.keyboard.press('n');
  await expect(page.getByRole('heading', { level: 1, name: 'New job' })).toBeVisible();
});

test('I walk from failure to failure, and Escape goes back a step', async ({ page, api }) => {
  await api.simulate({ errorShare: 0.3, seed: 7 });
  const { jobId } = await api.createJob(lockDoors());
  await api.finished(jobId);
  const failed = (await api.results(jobId)).filter((result) => result.outcome === 'failed');
  expect(failed.length, 'devices that failed').toBeGreaterThan(2);
  await page.goto(`/jobs/${jobId}`);
  await expect(liveBadge(page, 'Live')).toBeVisible();

  await page.keyboard.press('f');
  await page.keyboard.press('f');
  const deviceInAddress = () => new URL(page.url()).searchParams.get('device');
  // Either the focus walks, or the drawer does; Enter opens what has the focus.
  if (deviceInAddress() === null) await page.keyboard.press('Enter');
  await expect.poll(deviceInAddress).not.toBeNull();
  const drawer = page.getByRole('complementary', { name: /^Device / });
  await expect(drawer).toContainText('Failed');
  const before = deviceInAddress();
  await page.keyboard.press('f');
  await expect.poll(deviceInAddress, 'the next failure').not.toBe(before);
  await expect(drawer).toContainText('Failed');

  await page.keyboard.press('Escape');
  await expect(drawer).toHaveCount(0);
  expect(deviceInAddress()).toBeNull();
});

test('The list of keys opens on ? and turns single keys off for good', async ({ page }) => {
  await page.goto('/jobs/new');
  await ready(page);
  await page.keyboard.press('?');
  const list = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await expect(list.getByText('Next failure')).toBeVisible();
  const single = list.getByRole('switch', { name: /^Keys without Ctrl/ });
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

  await palette.getByRole('combobox').fill('turn keys without');
  await page.keyboard.press('Enter');
  const toast = page.getByRole('status').filter({ hasText: 'Keys without Ctrl are on.' });
  await expect(toast).toBeVisible();
  await toast.getByRole('button', { name: 'Undo' }).click();
  await expect(toast.getByText('Keys without Ctrl')).toHaveCount(0);
  await page.keyboard.press('?');
  await page.keyboard.press('Control+k');
  await expect(palette, 'undone: still off').toBeVisible();
  await expect(list).toBeHidden();
});
