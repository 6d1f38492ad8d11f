import { type Page as Tab } from '@playwright/test';
import { type DeviceResult, lockDoors, type Page } from '../support/api.ts';
import { expect } from '../support/app.ts';
import { watchCounts } from '../support/frame-counts.ts';
import { deviceRows, jobPageReady, stateChip } from '../support/jobs.ts';
import { DEVICES, test } from '../support/large-fleet.ts';

/** Most rows in the document, whatever the job's size. */
const MOST_ROWS = 120;
/** A row of the grid, fetched or not. */
const ROW = 'tr[aria-rowindex]:has(th[scope=row])';
/** Steps of the mouse wheel, of about ten rows each. */
const TURNS = 60;

/** Changes to the document that scrolling does not need. */
interface Changes {
  /** Elements that were created. */
  made: number;
  /** Icons and classes that were written, although every device of this job has the same outcome. */
  written: number;
}

/** Counts from now on; the returned function reads the counts so far. */
async function countNeedlessChanges(page: Tab): Promise<() => Promise<Changes>> {
  await page.evaluate((row) => {
    const known = new WeakSet<Node>(document.querySelectorAll(`${row}, ${row} *`));
    const changes = { made: 0, written: 0 };
    new MutationObserver((mutations) => {
      for (const change of mutations) {
        const isWritten = change.attributeName === 'class' || change.target.nodeName === 'use';
        if (change.type === 'attributes' && isWritten) changes.written += 1;
        for (const node of change.addedNodes) {
          if (node instanceof Element && !known.has(node)) changes.made += 1;
        }
      }
    }).observe(document.querySelector(row)?.closest('tbody') ?? document.body, {
      attributes: true,
      childList: true,
      subtree: true,
    });
    Object.assign(window, { fleetcastChanges: changes });
  }, ROW);
  return () => page.evaluate(() => (window as unknown as { fleetcastChanges: Changes }).fleetcastChanges);
}

/** Number and id of the first row in the window, once it is fetched. */
async function firstVisible(page: Tab): Promise<{ number: number; device: string }> {
  const found = await page.waitForFunction(() => {
    for (const row of document.querySelectorAll('tr[aria-rowindex]:not([aria-busy]):has(th[scope=row])')) {
      const { top } = row.getBoundingClientRect();
      if (top > 100 && top < 400) {
        return { number: Number(row.getAttribute('aria-rowindex')) - 1, device: row.querySelector('th')?.innerText ?? '' };
      }
    }
    return null;
  });
  return (await found.jsonValue()) ?? { number: 0, device: '' };
}

test('I scroll, search and filter a hundred thousand devices as I do a hundred', async ({ page, server, jobId }) => {
  test.setTimeout(300_000);
  await page.goto(`/jobs/${jobId}?order=device`);
  await jobPageReady(page);
  const table = page.getByRole('table', { name: 'Devices of this job' });
  await expect(table).toHaveAttribute('aria-rowcount', String(DEVICES + 1));

  await page.mouse.move(700, 700);
  const changes = await countNeedlessChanges(page);
  for (let turn = 0; turn < TURNS; turn += 1) {
    await page.mouse.wheel(0, 300);
    expect(await page.locator(ROW).count(), 'rows on the page').toBeLessThan(MOST_ROWS);
  }
  const near = await firstVisible(page);
  expect(near.number, 'the list has moved').toBeGreaterThan(100);

  await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight / 2));
  const middle = await firstVisible(page);
  expect(Math.abs(middle.number - DEVICES / 2), 'half way down is half way through').toBeLessThan(DEVICES / 50);
  expect(await changes(), 'rows are reused, and only their text changes').toEqual({ made: 0, written: 0 });
  const ids = async (view: Record<string, string>): Promise<string[]> => {
    const query = new URLSearchParams({ order: 'device', ...view });
    const answer = await fetch(`${server.url}/api/v1/jobs/${jobId}/devices?${query}`);
    return ((await answer.json()) as Page<DeviceResult>).items.map(({ deviceId }) => deviceId);
  };
  const [there] = await ids({ offset: String(middle.number - 1), limit: '1' });
  expect(middle.device, 'the row is the one that belongs there').toBe(there);

  const wanted = middle.device;
  const found = await ids({ q: wanted });
  expect(found).toContain(wanted);
  await page.getByRole('searchbox', { name: 'Find a device' }).fill(wanted);
  await expect(deviceRows(page)).toHaveText(found);
  await expect(page).toHaveURL(new RegExp(`find=${wanted}`));
  await page.reload();
  await expect(deviceRows(page), 'what was found is in the address').toHaveText(found);
});

test('Counts of a job on a hundred thousand devices add up in every frame', async ({ page, api }) => {
  test.setTimeout(300_000);
  const { jobId } = await api.createJob(lockDoors());
  const counted = async (): Promise<number> => Object.values((await api.job(jobId)).outcomes).reduce((sum, count) => sum + count, 0);
  await expect.poll(counted, { message: 'the hub has chosen the devices', timeout: 60_000 }).toBe(DEVICES);
  const frames = await watchCounts(page, jobId, DEVICES);
  await page.goto(`/jobs/${jobId}`);
  await jobPageReady(page);
  const { outcomes } = await api.finished(jobId, 180_000);
  expect(outcomes.notOnline, 'no device of this fleet is connected').toBe(DEVICES);
  await expect(stateChip(page, 'Not online')).toContainText('100,000');
  expect((await frames()).counted, 'frames with counts').toBeGreaterThan(0);
});
