import { type Page } from '@playwright/test';
import { lockDoors, tomorrow } from '../support/api.ts';
import { expect, test } from '../support/app.ts';
import { jobLink, jobListReady } from '../support/jobs.ts';

/** Enough for the list to need its pages forty times over; FLEETCAST_MANY_JOBS=10000 takes a minute longer. */
const JOBS = Number(process.env.FLEETCAST_MANY_JOBS ?? 2_000);
/** Rows of a page of the list. */
const PAGE = 50;
const AT_ONCE = 32;
const WRITTEN = JOBS.toLocaleString('en-GB');

// A server of its own: the other stories' lists stay short.
test.use({ simulatedDevices: 3 });

/** The ids of the rows. */
const names = (page: Page) => page.getByRole('main').getByRole('rowheader').getByRole('code');

test(`A list of ${WRITTEN} jobs can be paged, searched and followed as a short one can`, async ({ page, api }) => {
  test.setTimeout(120_000 + JOBS * 40);
  // On no device: such a job ends as soon as it starts.
  let made = 0;
  const make = async (): Promise<void> => {
    while (made < JOBS) {
      made += 1;
      await api.createJob(lockDoors({ queryCondition: "deviceId = 'nobody'" }));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, make));
  const tab = (name: string) => page.getByRole('navigation', { name: 'Job lists' }).getByRole('link', { name });

  await page.goto('/jobs?tab=finished');
  await jobListReady(page);
  await expect(tab(`Finished ${WRITTEN}`), 'all are counted, and all have ended').toBeVisible();
  await expect(tab(`All ${WRITTEN}`)).toBeVisible();
  await expect(names(page), 'rows of a page').toHaveCount(PAGE);

  const seen = new Set<string>();
  for (let turned = 0; turned < 4; turned += 1) {
    const here = await names(page).allTextContents();
    expect(here).toHaveLength(PAGE);
    for (const name of here) {
      expect(seen, 'no job twice').not.toContain(name);
      seen.add(name);
    }
    await page.getByRole('link', { name: 'Older jobs' }).click();
    await expect(jobLink(page, here.at(-1) ?? '')).toHaveCount(0);
  }
  const fifth = await names(page).allTextContents();
  await page.reload();
  await jobListReady(page);
  expect(await names(page).allTextContents(), 'the address is the state').toEqual(fifth);
  await page.goBack();
  const bottom = [...seen].at(-1) ?? '';
  await expect(jobLink(page, bottom), 'Back is the page before').toBeVisible();

  const field = page.getByRole('combobox', { name: 'Add a filter' });
  await field.fill(bottom);
  await field.press('Enter');
  await expect(names(page)).toHaveText([bottom]);
  await expect(page.getByRole('main')).toContainText(`1 of ${WRITTEN} jobs`);

  await page.goto('/jobs');
  await jobListReady(page);
  const { jobId } = await api.createJob(lockDoors({ startTime: tomorrow() }));
  await expect(tab('Scheduled 1'), 'a new one is counted at once').toBeVisible();
  await page.getByRole('button', { name: 'Show 1 newer job' }).click();
  await expect(jobLink(page, jobId)).toBeVisible();
  await expect(page.getByRole('rowheader', { name: `Finished ${PAGE - 1} of ${WRITTEN} jobs` })).toBeVisible();
  await expect(names(page)).toHaveCount(PAGE);
});
