import { type Page as Tab } from '@playwright/test';
import { type DeviceResult, type Page } from '../support/api.ts';
import { expect } from '../support/app.ts';
import { deviceRows, jobPageReady } from '../support/jobs.ts';
import { DEVICES, test } from '../support/large.ts';

/** Rows that a page may hold, whatever the job's size. */
const MOST_ROWS = 120;
/** A row of the grid, whether it is here already or not. */
const ROW = 'tr[aria-rowindex]:has(th[scope=row])';
/** Steps of the wheel; each of them moves the list by some ten rows. */
const TURNS = 60;

/** What was done to the grid that a list which is only moved on does not need. */
interface Waste {
  /** Elements that came into it and have not been there before. */
  made: number;
  /** Icons and classes that were written, although every device of this job has ended alike. */
  written: number;
}

/** Counts from now on; ask as often as you like. */
async function countWaste(page: Tab): Promise<() => Promise<Waste>> {
  await page.evaluate((row) => {
    const known = new WeakSet<Node>(document.querySelectorAll(`${row}, ${row} *`));
    const waste = { made: 0, written: 0 };
    new MutationObserver((changes) => {
      for (const change of changes) {
        const isWritten = change.attributeName === 'class' || change.target.nodeName === 'use';
        if (change.type === 'attributes' && isWritten) waste.written += 1;
        for (const node of change.addedNodes) {
          if (node instanceof Element && !known.has(node)) waste.made += 1;
        }
      }
    }).observe(document.querySelector(row)?.closest('tbody') ?? document.body, {
      attributes: true,
      childList: true,
      subtree: true,
    });
    Object.assign(window, { fleetcastWaste: waste });
  }, ROW);
  return () => page.evaluate(() => (window as unknown as { fleetcastWaste: Waste }).fleetcastWaste);
}

/** Number and id of the first row that the window shows, once it is here. */
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

test('A hundred thousand devices scroll, are found and filtered as a hundred are', async ({ page, server, jobId }) => {
  test.setTimeout(300_000);
  await page.goto(`/jobs/${jobId}?order=device`);
  await jobPageReady(page);
  const table = page.getByRole('table', { name: 'Devices of this job' });
  await expect(table).toHaveAttribute('aria-rowcount', String(DEVICES + 1));

  await page.mouse.move(700, 700);
  const waste = await countWaste(page);
  for (let turn = 0; turn < TURNS; turn += 1) {
    await page.mouse.wheel(0, 300);
    expect(await page.locator(ROW).count(), 'rows on the page').toBeLessThan(MOST_ROWS);
  }
  const near = await firstVisible(page);
  expect(near.number, 'the list has moved').toBeGreaterThan(100);

  await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight / 2));
  const middle = await firstVisible(page);
  expect(Math.abs(middle.number - DEVICES / 2), 'half way down is half way through').toBeLessThan(DEVICES / 50);
  expect(await waste(), 'rows are reused, and only their words change').toEqual({ made: 0, written: 0 });
  const ids = async (view: Record<string, string>): Promise<string[]> => {
    const query = new URLSearchParams({ order: 'device', ...view });
    const told = await fetch(`${server.url}/api/v1/jobs/${jobId}/devices?${query}`);
    return ((await told.json()) as Page<DeviceResult>).items.map(({ deviceId }) => deviceId);
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
