import { lockDoors } from '../support/api.ts';
import { expect, test } from '../support/app.ts';
import { jobPageReady } from '../support/jobs.ts';

test('I resize the device panel by keyboard and by pointer, and the width is remembered', async ({ page, api }) => {
  const { jobId } = await api.createJob(lockDoors());
  await api.finished(jobId);
  const device = (await api.devices())[0]?.deviceId ?? 'none';
  const address = `/jobs/${jobId}?device=${device}`;
  await page.goto(address);
  await jobPageReady(page);
  const drawer = page.getByRole('complementary', { name: `Device ${device}` });
  const edge = page.getByRole('separator', { name: 'Width of the device panel' });
  const width = async () => (await drawer.boundingBox())?.width;
  const REM = 16;
  await expect(edge).toHaveAttribute('aria-valuenow', '26');
  await expect.poll(width).toBe(26 * REM);

  await edge.focus();
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  await expect(edge).toHaveAttribute('aria-valuenow', '28');
  await expect.poll(width).toBe(28 * REM);
  await page.keyboard.press('End');
  await expect.poll(width, 'at most 40 rem').toBe(40 * REM);
  await page.keyboard.press('ArrowLeft');
  await expect(edge).toHaveAttribute('aria-valuenow', '40');
  await page.keyboard.press('Home');
  await expect.poll(width, 'at least 20 rem').toBe(20 * REM);

  const box = await edge.boundingBox();
  const x = (box?.x ?? 0) + (box?.width ?? 0) / 2;
  await page.mouse.move(x, (box?.y ?? 0) + 100);
  await page.mouse.down();
  await page.mouse.move(x - 10 * REM, (box?.y ?? 0) + 120, { steps: 4 });
  await page.mouse.up();
  await expect.poll(width).toBe(30 * REM);
  await page.mouse.move(x - 15 * REM, (box?.y ?? 0) + 120);
  expect(await width(), 'after the pointer is released').toBe(30 * REM);

  await page.goto(address);
  await expect(drawer).toBeVisible();
  expect(await width(), 'from the first paint on').toBe(30 * REM);
  await expect(edge).toHaveAttribute('aria-valuenow', '30');

  await page.setViewportSize({ width: 1000, height: 800 });
  await expect(edge, 'a full-width panel has no edge to drag').toBeHidden();
  await expect.poll(width).toBe(1000);
});
