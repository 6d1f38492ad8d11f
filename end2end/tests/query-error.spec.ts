import { expect, test } from '../support/app.ts';
import { expectSubmit, openNewJob, submitButton, targetQuery } from '../support/jobs.ts';

test('A wrong query is explained at its position and cannot be run', async ({ page, api, simulatedDevices }) => {
  await openNewJob(page);
  await page.getByLabel('Method name').fill('lockDoor');
  await targetQuery(page, "deviceId == 'door-1'");

  await expect(page.getByRole('alert')).toContainText(/column \d+/i);
  await expect(page.getByRole('textbox', { name: 'Query condition' })).toHaveAttribute('aria-invalid', 'true');
  await expect(submitButton(page), 'the button says why').toHaveAccessibleName('Fix the query');
  await expect(submitButton(page)).toBeDisabled();

  await targetQuery(page, "deviceId != 'nobody'");
  await expect(page.getByRole('alert')).toHaveCount(0);
  await expectSubmit(page, `Run lockDoor on ${simulatedDevices} devices`);
  expect(await api.jobs(), 'nothing has been sent').not.toContainEqual(
    expect.objectContaining({ queryCondition: "deviceId == 'door-1'" }),
  );
});

test('A wrong device query leaves the last good result on the page', async ({ page, api }) => {
  const device = (await api.devices())[0]?.deviceId ?? 'none';
  await page.goto('/devices');
  const query = page.getByRole('textbox', { name: 'Device query' });
  await query.fill(`deviceId = '${device}'`);
  await query.press('Enter');
  const row = page.getByRole('row').filter({ hasText: device });
  await expect(row).toBeVisible();
  await expect(page).toHaveURL(/query=/);

  await query.fill(`deviceId == '${device}'`);
  await query.press('Enter');
  await expect(page.getByRole('alert')).toContainText(/column \d+/i);
  await expect(row, 'the last good result').toBeVisible();
});
