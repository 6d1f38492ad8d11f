import { lockDoors } from '../support/api.ts';
import { expect, test } from '../support/app.ts';
import { jobListReady } from '../support/jobs.ts';

/** Enough for the list to need its pages many times over. */
const JOBS = Number(process.env.FLEETCAST_MANY_JOBS ?? 10_000);
const AT_ONCE = 32;

// A server of its own: the other stories' lists stay short.
test.use({ simulatedDevices: 3 });

test(`A list of ${JOBS.toLocaleString('en-GB')} jobs opens and pages at once`, async ({ page, api }) => {
  test.setTimeout(600_000);
  // On no device: such a job ends as soon as it starts.
  let made = 0;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (made < JOBS) {
        made += 1;
        await api.createJob(lockDoors({ queryCondition: "deviceId = 'nobody'" }));
      }
    }),
  );

  const last = (await api.jobs())[0];
  await api.finished(last?.jobId ?? 'none');

  const began = Date.now();
  await page.goto('/jobs?tab=finished');
  await expect(page.getByRole('row')).toHaveCount(51);
  expect(Date.now() - began, 'milliseconds to the first page').toBeLessThan(5_000);
  await expect(page.getByRole('link', { name: `All ${JOBS.toLocaleString('en-GB')}` })).toBeVisible();
  await jobListReady(page);
  const seen = new Set<string>();
  for (let number = 0; number < 4; number += 1) {
    const names = await page.getByRole('rowheader').getByRole('link').allTextContents();
    expect(names).toHaveLength(50);
    for (const name of names) {
      expect(seen.has(name), 'no job twice').toBe(false);
      seen.add(name);
    }
    const bottom = names.at(-1) ?? '';
    await page.getByRole('link', { name: 'Older jobs' }).click();
    await expect(page.getByRole('link', { name: bottom, exact: true })).toHaveCount(0);
  }
  await page.getByRole('link', { name: 'First page' }).click();
  await expect(page.getByRole('link', { name: [...seen][0] ?? '', exact: true })).toBeVisible();

  const some = [...seen][120] ?? '';
  await page.getByRole('combobox', { name: 'Add a filter' }).fill(some);
  await page.getByRole('combobox', { name: 'Add a filter' }).press('Enter');
  await expect(page.getByRole('status').filter({ hasText: `1 of ${JOBS.toLocaleString('en-GB')} jobs` })).toBeVisible();
});
