import { type Locator, type Page } from '@playwright/test';
import { type Api, lockDoors } from '../support/api.ts';
import { expect, test } from '../support/app.ts';
import { deviceRows, expectJobPage, expectState, jobIdInAddress, jobPageReady } from '../support/jobs.ts';

/** A job with failed devices, and their ids. */
async function failingJob(api: Api): Promise<{ jobId: string; failed: string[] }> {
  await api.simulate({ errorShare: 0.4, seed: 43 });
  const { jobId } = await api.createJob(lockDoors());
  await api.finished(jobId);
  const failed = (await api.results(jobId)).filter(({ outcome }) => outcome === 'failed').map(({ deviceId }) => deviceId);
  expect(failed.length, 'some devices fail').toBeGreaterThan(1);
  await api.simulate({ errorShare: 0 });
  return { jobId, failed };
}

function causes(page: Page): Locator {
  return page.getByRole('region', { name: 'Causes' });
}

/** The new job addresses exactly the devices, links back, and is linked from the first. */
async function expectRerun(page: Page, api: Api, parent: string, devices: string[]): Promise<void> {
  await expect(page).not.toHaveURL(new RegExp(`/jobs/${parent}(\\?|$)`));
  const jobId = await jobIdInAddress(page);
  await expectState(page, 'Succeeded', devices.length, 45_000);
  await api.finished(jobId);
  expect((await api.results(jobId)).map(({ deviceId }) => deviceId).sort()).toEqual([...devices].sort());

  await page.getByRole('main').getByRole('link', { name: parent }).click();
  await expectJobPage(page, parent);
  await page.getByRole('main').getByRole('link', { name: jobId }).click();
  await expectJobPage(page, jobId);
}

test('I see why devices failed, list them and rerun only these', async ({ page, api }) => {
  const { jobId, failed } = await failingJob(api);
  await page.goto(`/jobs/${jobId}`);
  await jobPageReady(page);
  const cause = causes(page).getByRole('row').filter({ hasText: '500' });
  await expect(cause).toContainText(String(failed.length));

  await cause.getByRole('link', { name: /^Show the/ }).click();
  await expect(page).toHaveURL(/cause=500/);
  const rows = deviceRows(page);
  await expect(rows).toHaveCount(failed.length);
  await page.reload();
  await expect(rows, 'the filter is in the address').toHaveCount(failed.length);
  await jobPageReady(page);

  await cause.getByRole('button', { name: new RegExp(`^Rerun these ${failed.length} with 500`) }).click();
  await expectRerun(page, api, jobId, failed);
});

test('I rerun what did not succeed with the keyboard alone', async ({ page, api, simulatedDevices }) => {
  const { jobId, failed } = await failingJob(api);
  await page.goto(`/jobs/${jobId}`);
  await jobPageReady(page);
  await page.getByRole('group').getByLabel('Rerun another part').focus();
  await page.keyboard.press('Enter');
  const menu = page.getByRole('list').filter({ hasText: 'A rerun is a new job' });
  await expect(menu.getByRole('button', { name: `Failed ${failed.length}` })).toBeVisible();
  await expect(menu.getByText('0, all answered'), 'a part without devices says why').toBeVisible();
  await expect(menu.getByRole('button', { name: `All devices ${simulatedDevices}` })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(menu).toBeHidden();

  await page.getByRole('button', { name: `Rerun the ${failed.length} that did not succeed` }).focus();
  await page.keyboard.press('Enter');
  await expectRerun(page, api, jobId, failed);
});
