import { type Locator, type Page } from '@playwright/test';
import { expect, test } from '../support/app.ts';
import { expectState, jobIdInAddress, submitButton } from '../support/jobs.ts';

/** More stops than any page has before its content. */
const MOST_STOPS = 80;

/** Moves on with the Tab key until `target` has the focus, as a person without a pointer does. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let stop = 0; stop < MOST_STOPS; stop += 1) {
    await page.keyboard.press('Tab');
    if (await target.evaluate((element) => element === document.activeElement)) return;
  }
  throw new Error(`the Tab key does not reach ${target}`);
}

test('I create a job and watch it with the keyboard alone', async ({ page, api, simulatedDevices }) => {
  await page.goto('/jobs');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();

  await tabTo(page, page.getByRole('main').getByRole('link', { name: 'New job' }));
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'New job' })).toBeVisible();

  const method = page.getByLabel('Method name');
  await tabTo(page, method);
  await page.keyboard.press('Control+A');
  await page.keyboard.type('lockDoor');
  const query = page.getByRole('textbox', { name: 'Query condition' });
  await tabTo(page, query);
  await page.keyboard.press('Control+A');
  await page.keyboard.type("deviceId != 'nobody'");
  await expect(submitButton(page)).toHaveText(`Run lockDoor on ${simulatedDevices} devices`);
  await tabTo(page, submitButton(page));
  await page.keyboard.press('Enter');

  const jobId = await jobIdInAddress(page);
  await expectState(page, 'Succeeded', simulatedDevices, 45_000);
  expect((await api.finished(jobId)).status).toBe('completed');
});

test('The cancel dialog takes the focus and gives it back', async ({ page, api }) => {
  const { jobId } = await api.createJob({
    type: 'scheduleDeviceMethod',
    cloudToDeviceMethod: { methodName: 'lockDoor' },
    queryCondition: '*',
    startTime: new Date(Date.now() + 24 * 3600 * 1000).toISOString(),
  });
  await page.goto(`/jobs/${jobId}`);
  const open = page.getByRole('button', { name: /^Cancel job/ });
  await open.focus();
  await page.keyboard.press('Enter');
  const keep = page.getByRole('dialog').getByRole('button', { name: 'Keep running' });
  await expect(keep).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(open).toBeFocused();
  expect((await api.job(jobId)).status).toBe('scheduled');
});
