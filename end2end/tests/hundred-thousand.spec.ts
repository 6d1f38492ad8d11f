import { type Page as Tab } from '@playwright/test';
import { Api, type DeviceResult, type Page } from '../support/api.ts';
import { expect, test as base } from '../support/app.ts';
import { deviceRows, jobPageReady } from '../support/jobs.ts';
import { Server } from '../support/process.mjs';

const DEVICES = 100_000;
/** Rows that a page may hold, whatever the job's size. */
const MOST_ROWS = 120;

// A server of its own, with a fleet that was registered before it started.
const test = base.extend<{ faultlessPool: void }, { server: Server; api: Api }>({
  // There is no pool to put back.
  faultlessPool: async ({}, use) => use(),
  server: [
    async ({}, use) => {
      const server = await Server.start({ simulatedDevices: 0, registered: DEVICES });
      await use(server);
      await server.remove();
    },
    { scope: 'worker', timeout: 180_000 },
  ],
  api: [async ({ server }, use) => use(new Api(() => server.url)), { scope: 'worker' }],
});

/** A row of the grid, whether it is here already or not. */
const ROW = 'tr[aria-rowindex]:has(th[scope=row])';
/** Steps of the wheel; each of them moves the list by some ten rows. */
const TURNS = 60;

/** Counts the elements that come into the grid and have not been there before; ask it as often as you like. */
async function countRowsMade(page: Tab): Promise<() => Promise<number>> {
  await page.evaluate((row) => {
    const known = new WeakSet<Node>(document.querySelectorAll(`${row}, ${row} *`));
    const made: Node[] = [];
    new MutationObserver((changes) => {
      for (const node of changes.flatMap((change) => [...change.addedNodes])) {
        if (node instanceof Element && !known.has(node)) made.push(node);
      }
    }).observe(document.querySelector(row)?.closest('table') ?? document.body, { childList: true, subtree: true });
    Object.assign(window, { fleetcastRowsMade: made });
  }, ROW);
  return () => page.evaluate(() => (window as unknown as { fleetcastRowsMade: Node[] }).fleetcastRowsMade.length);
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

test('A hundred thousand devices scroll, are found and filtered as a hundred are', async ({ page, api, server }) => {
  test.setTimeout(300_000);
  const { jobId } = await api.createJob({
    type: 'scheduleUpdateTwin',
    updateTwin: { etag: '*', tags: { wave: 1 } },
    queryCondition: '*',
  });
  const job = await api.finished(jobId, 180_000);
  expect(job.outcomes.succeeded).toBe(DEVICES);

  await page.goto(`/jobs/${jobId}?order=device`);
  await jobPageReady(page);
  const table = page.getByRole('table', { name: 'Devices of this job' });
  await expect(table).toHaveAttribute('aria-rowcount', String(DEVICES + 1));

  await page.mouse.move(700, 700);
  const rowsMade = await countRowsMade(page);
  for (let turn = 0; turn < TURNS; turn += 1) {
    await page.mouse.wheel(0, 300);
    expect(await page.locator(ROW).count(), 'rows on the page').toBeLessThan(MOST_ROWS);
  }
  expect(await rowsMade(), 'rows are reused, not made').toBe(0);
  const near = await firstVisible(page);
  expect(near.number, 'the list has moved').toBeGreaterThan(100);

  await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight / 2));
  const middle = await firstVisible(page);
  expect(Math.abs(middle.number - DEVICES / 2), 'half way down is half way through').toBeLessThan(DEVICES / 50);
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
