import { expect, ready, test } from '../support/app.ts';

test('I write a query with the keyboard: names are completed, a mistake is shown at its position', async ({ page, simulatedDevices }) => {
  await page.goto('/devices');
  await ready(page);
  const query = page.getByRole('textbox', { name: 'Device query' });
  const names = page.getByRole('listbox', { name: 'Names to complete' });
  await expect(page.getByText(`${simulatedDevices} devices match`)).toBeVisible();

  await query.focus();
  await page.keyboard.type('tags.buil');
  await expect(names.getByRole('option', { name: 'tags.building' })).toBeVisible();
  await page.keyboard.press('ArrowDown');
  await expect(names.getByRole('option', { name: 'tags.building' })).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('Enter');
  await expect(query).toHaveValue('tags.building');
  await expect(names).toBeHidden();

  await page.keyboard.type(" = '40'");
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/query=/);
  await expect(page.getByRole('row').filter({ hasText: 'door-0001' })).toBeVisible();
  await expect(page.getByRole('row').filter({ hasText: 'door-0030' })).toHaveCount(0);
  await expect(query, 'the focus stays').toBeFocused();

  await query.fill("tags.building == '40'");
  await page.keyboard.press('Enter');
  const problem = page.getByRole('alert').filter({ hasText: 'Column 15.' });
  await expect(problem).toContainText('“==” is not an operator of the query language');
  await expect(page.getByText(/^Still showing the last good result, \d+ devices read at /)).toBeVisible();
  await expect(page.getByRole('row').filter({ hasText: 'door-0001' }), 'the last good rows').toBeVisible();
  await expect(page.getByRole('link', { name: 'New job on these' })).toHaveAttribute('aria-disabled', 'true');

  await problem.getByRole('button', { name: 'Use = instead' }).click();
  await expect(query).toHaveValue("tags.building = '40'");
  await expect(problem).toHaveCount(0);
  await expect(page.getByRole('link', { name: 'New job on these' })).toHaveAttribute('href', /\/jobs\/new\?query=/);
});

test('A query field takes the condition of a whole query that I paste', async ({ page }) => {
  for (const [address, name] of [['/jobs/new', 'Query condition'], ['/devices', 'Device query']] as const) {
    await page.goto(address);
    await ready(page);
    const query = page.getByRole('textbox', { name });
    // The clipboard of the browser is filled as a person does it.
    await query.fill("SELECT * FROM devices WHERE tags.building = '40'");
    await query.press('Control+A');
    await query.press('Control+X');
    await expect(query).toHaveValue('');
    await query.press('Control+V');
    await expect(query).toHaveValue("tags.building = '40'");
  }
});
