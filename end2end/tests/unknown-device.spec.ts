import { expect, test } from '../support/app.ts';

// The browser logs the page that is not there as a failed load.
test.use({ allowedComplaints: /status of 404/ });

test('A mistyped device id says so and offers the nearest ones', async ({ page }) => {
  const answer = await page.goto('/devices/dor-0007');
  expect(answer?.status()).toBe(404);
  await expect(page.getByRole('heading', { name: 'There is no device dor-0007' })).toBeVisible();
  await page.getByRole('main').getByRole('link', { name: 'door-0007' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'door-0007' })).toBeVisible();
});
