import { lockDoors } from '../support/api.ts';
import { expect, ready, test } from '../support/app.ts';
import { Server } from '../support/server.mjs';

test('I have the simulated devices fail, and the next job shows it', async ({ page, api, simulatedDevices }) => {
  await page.goto('/simulator');
  await ready(page);
  await expect(page.getByRole('status').filter({ hasText: /^Live$/ })).toBeVisible();
  const apply = page.getByRole('form', { name: 'Device pool' }).getByRole('button', { name: /apply/i });
  await expect(apply).toHaveAccessibleName('No change to apply');
  await expect(apply, 'in reach without scrolling').toBeInViewport({ ratio: 1 });

  await page.getByRole('textbox', { name: 'Answer 500' }).fill('100');
  await page.getByRole('textbox', { name: 'Answer time' }).fill('1');
  await expect(apply).toHaveAccessibleName(`Apply 2 changes to ${simulatedDevices} devices`);
  expect((await api.simulator()).errorShare, 'nothing holds until it is applied').toBe(0);
  await apply.click();
  await expect(page.getByText('Applied, confirmed by the pool')).toBeVisible();
  expect((await api.simulator()).errorShare).toBe(1);

  const { jobId } = await api.createJob(lockDoors());
  const job = await api.finished(jobId);
  expect(job.outcomes.failed).toBe(simulatedDevices);
  const calls = page.getByRole('table', { name: 'Calls by how they ended in the pool' });
  await expect(calls.getByRole('row', { name: /Answered 500/ })).toContainText(String(simulatedDevices));
  // Newest first: earlier stories on this server may have changed the same setting.
  await expect(page.getByText(/Answer 500 from 0 % to 100 %/).first(), 'what the pool did').toBeVisible();
});

test('One scenario is marked from the start, and a changed setting shows its old value', async ({ page }) => {
  const server = await Server.start({ simulatedDevices: 1 });
  try {
    await page.goto(`${server.url}/simulator`);
    await ready(page);
    const scenarios = page.getByRole('list', { name: 'Scenarios' });
    await expect(scenarios.locator('[aria-current]')).toHaveText(/^Calm/);
    await page.getByRole('textbox', { name: 'Answer time' }).fill('7');
    await expect(page.getByText('Now 120 ms. Half of the answers are faster')).toBeVisible();
    await expect(scenarios.locator('[aria-current]'), 'no scenario any more').toHaveCount(0);
  } finally {
    // An open page would report that its server is gone.
    await page.close();
    await server.remove();
  }
});

test('A scenario is a link: its values wait to be applied', async ({ page, api, simulatedDevices }) => {
  await page.goto('/simulator?scenario=outage');
  await ready(page);
  await expect(page.getByRole('list', { name: 'Scenarios' }).getByRole('link', { name: /Outage/ })).toHaveAttribute('aria-current', 'true');
  await expect(page.getByRole('textbox', { name: 'Offline' })).toHaveValue('40');
  await page.getByRole('link', { name: 'Discard' }).click();
  await expect(page.getByRole('textbox', { name: 'Offline' })).toHaveValue('0');
  await expect(page).toHaveURL(/\/simulator$/);

  await page.getByRole('list', { name: 'Scenarios' }).getByRole('link', { name: /Outage/ }).click();
  await page.getByRole('button', { name: /^Apply \d+ changes? to/ }).click();
  await expect(page.getByText('Applied, confirmed by the pool')).toBeVisible();
  await expect.poll(async () => (await api.simulator()).connected).toBeLessThan(simulatedDevices);
});
