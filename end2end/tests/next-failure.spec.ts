import { lockDoors } from '../support/api.ts';
import { expect, test } from '../support/app.ts';
import { deviceRows, jobPageReady } from '../support/jobs.ts';

// More rows than are ever in the document at once, so that most failures are not in it.
const DEVICES = 600;
test.use({ simulatedDevices: DEVICES });
test.setTimeout(120_000);

test('f goes from failure to failure through the whole list', async ({ page, api }) => {
  await api.simulate({ errorShare: 0.01, seed: 11 });
  const { jobId } = await api.createJob(lockDoors());
  await api.finished(jobId, 90_000);
  const failed = (await api.results(jobId)).filter(({ outcome }) => outcome === 'failed').map(({ deviceId }) => deviceId);
  expect(failed.length, 'devices that fail').toBeGreaterThan(2);
  expect(failed.length, 'are few').toBeLessThan(20);

  await page.goto(`/jobs/${jobId}?order=device`);
  await jobPageReady(page);
  await expect.poll(() => deviceRows(page).count(), 'rows on the page').toBeLessThan(DEVICES / 2);
  const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim());
  for (const deviceId of failed) {
    await page.keyboard.press('f');
    await expect.poll(focused, 'the next failure has the focus').toBe(deviceId);
    await expect(deviceRows(page).filter({ hasText: deviceId })).toBeInViewport();
  }
  await page.keyboard.press('f');
  await expect.poll(focused, 'after the last comes the first').toBe(failed[0]);

  await page.keyboard.press('Enter');
  const drawer = page.getByRole('complementary', { name: `Device ${failed[0]}` });
  await expect(drawer).toBeVisible();
  await page.keyboard.press('f');
  await expect(
    page.getByRole('complementary', { name: `Device ${failed[1]}` }),
    'with a device open the next failure is opened',
  ).toBeVisible();

  await page.getByRole('button', { name: 'Next failure' }).click();
  await expect(page.getByRole('complementary', { name: `Device ${failed[2]}` }), 'the button does the same').toBeVisible();
});
