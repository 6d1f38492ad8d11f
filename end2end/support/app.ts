// What every story starts from: `import { expect, test } from '../support/app.ts'`.
//
// Each worker has a server, a database and a pool of its own. A page fails its story on anything that a person would
// call broken without seeing it: an error in the console, a hydration mismatch, a request that failed.

import { expect, type Page, test as base } from '@playwright/test';
import { Api } from './api.ts';
import { Server } from './process.mjs';

/** Devices of the pool, unless a story's file says otherwise with `test.use({ simulatedDevices: … })`. */
const DEFAULT_POOL = 50;

interface WorkerFixtures {
  simulatedDevices: number;
  server: Server;
  api: Api;
}

interface TestFixtures {
  /** What the page may complain of; for a story that breaks the server on purpose. */
  allowedComplaints: RegExp | undefined;
  /** Puts the pool back to faultless after the story. */
  faultlessPool: void;
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  simulatedDevices: [DEFAULT_POOL, { option: true, scope: 'worker' }],

  server: [
    async ({ simulatedDevices }, use) => {
      const server = await Server.start({ simulatedDevices });
      await use(server);
      await server.remove();
    },
    { scope: 'worker', timeout: 90_000 },
  ],

  api: [
    async ({ server, simulatedDevices }, use) => {
      const api = new Api(() => server.url);
      await api.connected(simulatedDevices);
      await use(api);
    },
    { scope: 'worker', timeout: 90_000 },
  ],

  baseURL: async ({ server, api: _ready }, use) => use(server.url),

  allowedComplaints: [undefined, { option: true }],

  faultlessPool: [
    async ({ api }, use) => {
      await use();
      await api.simulate({ latencyMs: 5, offlineShare: 0, errorShare: 0, silentShare: 0, dropShare: 0 });
    },
    { auto: true },
  ],

  page: async ({ page, allowedComplaints }, use) => {
    const complaints = watch(page);
    await use(page);
    expect(
      complaints.filter((complaint) => !allowedComplaints?.test(complaint)),
      'complaints of the page',
    ).toEqual([]);
  },
});

export { expect };

/** What a browser says of a server that is away, for stories that stop it. */
export const NOBODY_THERE =
  /ERR_(CONNECTION_REFUSED|CONNECTION_RESET|INCOMPLETE_CHUNKED_ENCODING|EMPTY_RESPONSE|SOCKET_NOT_CONNECTED)|Failed to fetch/;

/** Collects whatever a page complains of, from now on. */
export function watch(page: Page): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => {
    // Leptos reports a hydration mismatch as a warning, so warnings count as much as errors.
    if (['error', 'warning'].includes(message.type())) complaints.push(`console ${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`page error: ${error.message}`));
  page.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText ?? 'unknown';
    // Leaving a page ends its event stream and what it was still loading.
    if (reason !== 'net::ERR_ABORTED') complaints.push(`request failed: ${request.url()}: ${reason}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 500) complaints.push(`answer ${response.status()}: ${response.url()}`);
  });
  return complaints;
}

/** Waits until the program has taken the page over: before that, keys do nothing. */
export async function ready(page: Page): Promise<void> {
  await expect(page.locator('html[data-ready]'), 'the program runs').toBeAttached();
}

/** Proves that the page is not loaded again: a mark on the window is gone after a load. */
export async function markDocument(page: Page): Promise<() => Promise<void>> {
  await page.evaluate(() => Object.assign(window, { fleetcastMark: true }));
  return async () =>
    expect(await page.evaluate(() => 'fleetcastMark' in window), 'the page has not been loaded again').toBe(true);
}
