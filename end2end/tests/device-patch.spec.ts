import { expect, ready, test } from '../support/app.ts';
import { expectRow, twinTable } from '../support/table.ts';

// The browser logs a refusal as a failed load.
test.use({ allowedProblems: /status of 422/ });

test('I see what a patch changes, and confirm it when another client has changed the twin', async ({ page, server }) => {
  const device = 'door-0002';
  const other = async (desired: object) => {
    const answer = await fetch(`${server.url}/api/v1/devices/${device}/twin`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ properties: { desired } }),
    });
    expect(answer.status).toBe(200);
  };
  await other({ mode: 'day', limit: 3 });
  await page.goto(`/devices/${device}`);
  await ready(page);
  await expect(page.getByRole('status').filter({ hasText: /^Live$/ })).toBeVisible();

  const patch = page.getByRole('textbox', { name: 'Desired properties to merge, JSON' });
  const send = page.getByRole('button', { name: `Patch ${device}` });
  await patch.fill('{"mode": "night", "limit": null, "alarm": true}');
  await expect(page.getByText('This patch changes 1 value, adds 1 value and removes 1 value.')).toBeVisible();
  const changes = page.getByRole('list', { name: 'Changes' });
  await expect(changes.getByRole('listitem').filter({ hasText: 'mode' })).toContainText('"day"');
  await expect(changes.getByRole('listitem').filter({ hasText: 'mode' })).toContainText('"night"');

  await other({ mode: 'holiday' });
  const conflict = page.getByRole('alert').filter({ hasText: 'changed while you were writing' });
  await expect(conflict).toContainText('"holiday"');
  await expect(send).toBeDisabled();
  await conflict.getByRole('button', { name: /^Go on with version/ }).click();
  await expect(conflict).toHaveCount(0);
  await send.click();
  await expect(page.getByRole('region', { name: 'Patch desired properties' }).getByText('Written', { exact: true })).toBeVisible();

  await expectRow(twinTable(page), { Property: 'mode', Desired: '"night"' });
  await expect(patch, 'the form is empty again').toHaveValue('');
});

test('A patch that is not JSON is refused in one sentence', async ({ page }) => {
  await page.goto('/devices/door-0003');
  await ready(page);
  const region = page.getByRole('region', { name: 'Patch desired properties' });
  await region.getByRole('textbox', { name: 'Desired properties to merge, JSON' }).fill('{"mode": ');
  await expect(region.getByText(/column \d+/i)).toHaveCount(1);
  // As if it had been sent before the button was disabled.
  const refused = page.waitForResponse((answer) => answer.status() === 422);
  await region.locator('form').evaluate((form: HTMLFormElement) => form.requestSubmit());
  await (await refused).finished();
  await expect(region.getByRole('button', { name: 'Write a JSON object to patch' }), 'the refusal has arrived').toBeVisible();
  await expect(region.getByText(/column \d+/i)).toHaveCount(1);
});
