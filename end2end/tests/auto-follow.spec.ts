import { lockDoors } from '../support/api.ts';
import { expect, test } from '../support/app.ts';
import { deviceRows, jobPageReady } from '../support/jobs.ts';

test.setTimeout(120_000);

test('I follow a running job until I scroll, type or click', async ({ page, api }) => {
  const ended = await api.createJob(lockDoors());
  await api.finished(ended.jobId);
  // It runs until the story is over.
  await api.simulate({ silentShare: 0.2 });
  const { jobId } = await api.createJob(
    lockDoors({ cloudToDeviceMethod: { methodName: 'lockDoor', responseTimeoutInSeconds: 200 } }),
  );
  await page.goto(`/jobs/${jobId}`);
  await jobPageReady(page);
  const follow = page.getByRole('switch', { name: 'Follow' });
  await expect(follow, 'off by default').not.toBeChecked();
  await expect(deviceRows(page).first()).toBeVisible();

  // A key pressed on the switch does not turn it off again.
  await follow.focus();
  await page.keyboard.press('Space');
  await expect(follow).toBeChecked();
  const place = () => page.evaluate(() => window.scrollY);
  const before = await place();
  await expect(page.getByRole('button', { name: /^Show .* newer/ }), 'nothing is held back').toBeHidden();
  await page.keyboard.press('Space');
  await expect(follow).not.toBeChecked();
  expect(await place(), 'the page stays where it is').toBe(before);

  for (const move of [
    () => page.mouse.wheel(0, 60),
    () => page.keyboard.press('Shift'),
    () => page.getByRole('heading', { name: /^Devices/ }).click(),
  ]) {
    await follow.check();
    await expect(follow).toBeChecked();
    await move();
    await expect(follow, 'any wheel, key or press turns it off').not.toBeChecked();
  }

  await page.getByRole('combobox', { name: 'Order' }).selectOption('By device');
  await expect(follow, 'only where the latest come first').toBeHidden();
  await page.goto(`/jobs/${ended.jobId}?order=latest`);
  await jobPageReady(page);
  await expect(follow, 'not for a finished job').toBeHidden();
});
