import { lockDoors } from '../support/api.ts';
import { expect, ready, test } from '../support/app.ts';
import { expectNoFindings } from '../support/accessibility.ts';
import { jobPageReady } from '../support/jobs.ts';
import { expectNoHorizontalScroll } from '../support/overflow.ts';

test('I compare a run with the run before it, and open the devices that got worse', async ({ page, api }) => {
  const lock = () => lockDoors({ queryCondition: "deviceId != 'not-compared'" });
  await api.finished((await api.createJob(lock())).jobId);
  await api.simulate({ errorShare: 0.5, seed: 11 });
  const { jobId, outcomes } = await api.finished((await api.createJob(lock())).jobId);
  expect(outcomes.failed).toBeGreaterThan(0);

  await page.goto(`/jobs/${jobId}`);
  await jobPageReady(page);
  await page.getByRole('link', { name: 'Compare with the run before' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Compare runs' })).toBeVisible();
  await ready(page);
  await expect(page.getByText(`${outcomes.failed} of ${outcomes.failed + outcomes.succeeded} devices in both runs changed the outcome.`)).toBeVisible();

  const table = page.getByRole('region', { name: 'Outcomes of both runs' });
  await table.getByRole('link', { name: `${outcomes.failed} succeeded, then failed` }).click();
  await expect(page).toHaveURL(/from=succeeded&to=failed/);
  await expect(page.getByRole('heading', { name: /^Succeeded, then failed/ })).toContainText(`${outcomes.failed} device`);
  const devices = page.getByRole('table', { name: /^Succeeded, then failed/ });
  const row = devices.getByRole('row').nth(1);
  await expect(row).toContainText('Failed');
  await expectNoFindings(page);
  await page.setViewportSize({ width: 390, height: 844 });
  await expectNoHorizontalScroll(page);
  await page.setViewportSize({ width: 1440, height: 900 });

  await row.getByRole('link').click();
  await expect(page).toHaveURL(new RegExp(`/jobs/${jobId}\\?device=`));
  await page.goBack();
  await page.getByRole('link', { name: 'Every change' }).click();
  await expect(page.getByRole('heading', { name: /^Devices with another outcome/ })).toBeVisible();
});

test('A job without an earlier run says so', async ({ page, api }) => {
  const { jobId } = await api.finished((await api.createJob(lockDoors({ queryCondition: "deviceId != 'once'" }))).jobId);
  await page.goto(`/jobs/${jobId}`);
  await jobPageReady(page);
  await expect(page.getByRole('link', { name: 'Compare with the run before' })).toBeHidden();
  await page.goto(`/jobs/${jobId}/compare?from=odd`);
  await expect(page.getByText('There is no earlier run of this job.')).toBeVisible();
  await expect(page.getByText('Unknown parameter from=odd, ignored.')).toBeVisible();
});
