import { expectNoFindings } from '../support/accessibility.ts';
import { lockDoors, tomorrow } from '../support/api.ts';
import { expect, ready, test } from '../support/app.ts';
import { expectJobPage, jobPageReady } from '../support/jobs.ts';

// The form of a job that has begun is answered with it.
test.use({ allowedProblems: /status of 409/ });

test('A rollout for tomorrow is edited: its form has all of it, and it starts with the changes', async ({ page, api, simulatedDevices }) => {
  await api.simulate({ offlineShare: 0 });
  await api.connected(simulatedDevices);
  const start = tomorrow().replace(/:\d\d\.\d+Z/, ':00Z');
  const rollout = { waves: [{ size: { devices: 3 } }], rate: { perMinute: 6000 } };
  const { jobId } = await api.createJob(lockDoors({ queryCondition: 'tags.simulated = true', startTime: start, rollout, maxExecutionTimeInSeconds: undefined, reason: 'Fire drill' }));
  await page.goto(`/jobs/${jobId}`);
  await jobPageReady(page);
  await page.getByRole('link', { name: 'Edit', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Edit job' })).toBeVisible();
  await ready(page);
  await expect(page.getByRole('radio', { name: /At a set time/ })).toBeChecked();
  await expect(page.getByRole('radio', { name: /Repeats/ })).toBeHidden();
  await expect(page.getByRole('textbox', { name: 'Date and time', exact: true })).toHaveValue(start.slice(0, 16).replace('T', ' '));
  await expect(page.getByLabel('Reason')).toHaveValue('Fire drill');
  await expect(page.getByLabel('Method name')).toHaveValue('lockDoor');
  await expectNoFindings(page);

  await page.getByRole('radio', { name: /^Now/ }).check();
  await page.getByLabel('Method name').fill('unlockDoor');
  await page.getByRole('button', { name: 'Save changes' }).click();
  await expectJobPage(page, jobId);
  await jobPageReady(page);
  await expect(page.locator('.page__title')).toContainText('Completed');
  await expect(page.locator('.page__lead').first()).toContainText('unlockDoor');
  await expect(page.getByText('edited the job before its start')).toBeVisible();
  await expect(page.getByRole('link', { name: 'Edit', exact: true })).toBeHidden();

  // A bookmark of the form.
  await page.goto(`/jobs/new?edit=${jobId}`);
  await ready(page);
  await expect(page.getByRole('alert')).toContainText('cannot be edited');
  await expect(page.getByLabel('Method name')).toBeHidden();
  await expectNoFindings(page);
  await page.getByRole('link', { name: 'Start another like this' }).click();
  await expect(page.getByLabel('Method name')).toHaveValue('unlockDoor');
});
