import { expect, test } from '../support/app.ts';

// The browser logs a page that does not exist as a failed load.
test.use({ allowedProblems: /status of 404/ });

test('A mistyped device id is reported, with the nearest ids', async ({ page }) => {
  const answer = await page.goto('/devices/dor-0007');
  expect(answer?.status()).toBe(404);
  await expect(page.getByRole('heading', { name: 'No device dor-0007' })).toBeVisible();
  await page.getByRole('main').getByRole('link', { name: 'door-0007' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'door-0007' })).toBeVisible();
});
