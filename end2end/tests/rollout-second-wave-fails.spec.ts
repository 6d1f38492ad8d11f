import { type Locator, type Page } from '@playwright/test';
import { expect, ready, test } from '../support/app.ts';
import { expectSubmit, jobIdInAddress, jobPageReady, submitButton } from '../support/jobs.ts';

/** The waves as the page shows them. */
const wave = (page: Page, number: number): Locator =>
  page.getByRole('list', { name: 'Waves' }).getByRole('listitem').nth(number - 1);

/** Opens a setting of the form. */
async function change(page: Page, setting: string): Promise<void> {
  await page.locator('summary').filter({ has: page.getByText(setting, { exact: true }) }).click();
}

test('My rollout stops in its second wave; I read why, run the failed devices again, and go on', async ({ page, api }) => {
  await page.goto(`/jobs/new?${new URLSearchParams({ method: 'lockDoor', query: 'tags.simulated = true' })}`);
  await ready(page);
  await page.getByRole('button', { name: /^Three waves/ }).click();
  await expect(page.locator('.setting').filter({ hasText: 'Waves' }).first()).toContainText('3 waves: 1, 5, then 44');
  await change(page, 'Waves');
  await page.getByLabel('Size of wave 1').fill('20');
  await page.getByLabel('Wave 1: minutes to wait').fill('0');
  await page.getByLabel('After wave 1').selectOption('askPerson');
  await page.getByLabel('Size of wave 2').fill('x');
  await expect(page.getByRole('alert').filter({ hasText: 'Percent, 0 to 100' })).toBeVisible();
  await page.getByLabel('Size of wave 2').fill('40');
  await page.getByLabel('Wave 2: share that has to succeed').fill('');
  await page.getByLabel('Wave 2: minutes to wait').fill('');
  await change(page, 'Stop rules');
  await page.getByLabel('Rule 1: devices that have ended').fill('12');
  const review = page.getByRole('complementary', { name: 'Review' });
  await expect(review).toContainText('In 3 waves: first 10, the last 20.');
  await expect(review).toContainText('It pauses at 5 % failed of at least 12.');
  await expect(review.getByText('Direct calls', { exact: true })).toBeVisible();
  await expectSubmit(page, 'Run lockDoor on 50 devices');
  await submitButton(page).click();
  const jobId = await jobIdInAddress(page);
  await jobPageReady(page);

  await expect(wave(page, 1)).toContainText('Asks a person');
  await expect(wave(page, 1)).toContainText('10 of 10');
  await api.simulate({ errorShare: 1 });
  await page.getByRole('button', { name: 'Start wave 2 now…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Start wave 2 now?' });
  await dialog.getByLabel('Comment').fill('all well on the lab floor');
  await dialog.getByRole('button', { name: 'Start wave 2' }).click();

  const header = page.locator('.page__title');
  await expect(header).toContainText('Paused by its stop rule');
  await expect(page.getByRole('region', { name: 'What happened' })).toContainText('The rule pauses at 5 % failed of at least 12');
  await expect(wave(page, 3)).toContainText('0 of 20');
  await expect(page.getByRole('region', { name: 'History' })).toContainText('all well on the lab floor');
  await expect(page.getByRole('region', { name: /Causes/ })).toContainText('500');

  await api.simulate({ errorShare: 0 });
  const paused = await api.jobWhen(jobId, 'has nothing in flight', (job) => job.outcomes.inFlight === 0);
  expect(paused.outcomes.queued, 'nothing of the last wave was called').toBeGreaterThanOrEqual(20);
  await page.getByRole('button', { name: `Rerun the ${paused.outcomes.failed} failed first` }).click();
  await page.waitForURL((url) => !url.pathname.endsWith(jobId));
  const rerunId = await jobIdInAddress(page);
  const rerun = await api.finished(rerunId);
  expect(rerun.outcomes.succeeded).toBe(paused.outcomes.failed);

  await page.goto(`/jobs/${jobId}`);
  await jobPageReady(page);
  await page.getByLabel('Comment (optional)').first().fill('fixed on the devices');
  await page.getByRole('button', { name: `Resume ${paused.outcomes.queued} devices` }).click();
  const ended = await api.finished(jobId);
  expect(ended.outcomes).toMatchObject({ queued: 0, inFlight: 0, failed: paused.outcomes.failed, cancelled: 0 });
  await expect(wave(page, 3)).toContainText('20 of 20');
  await expect(page.getByRole('region', { name: 'History' })).toContainText('fixed on the devices');
});
