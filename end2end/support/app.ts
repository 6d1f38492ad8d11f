// The fixtures of every story: `import { expect, test } from '../support/app.ts'`.
//
// Each worker has its own server, database and pool. A page fails its story on anything that is broken without being
// visible: an error or a warning in the console, a crash, a hydration mismatch, a request that failed. That holds for
// every page of the story's browser context.

import { type BrowserContext, expect, type Page, test as base } from '@playwright/test';
import { Api } from './api.ts';
import { Server } from './server.mjs';

/** Devices of the pool, unless a file sets another number with `test.use({ simulatedDevices: … })`. */
const DEFAULT_POOL = 50;

interface WorkerFixtures {
  simulatedDevices: number;
  server: Server;
  api: Api;
}

interface TestFixtures {
  /** Problems that are expected, such as those of a story that stops the server. */
  allowedProblems: RegExp | undefined;
  /** Removes all faults from the pool after the story. */
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

  allowedProblems: [undefined, { option: true }],

  faultlessPool: [
    async ({ api }, use) => {
      await use();
      await api.removeFaults();
    },
    { auto: true },
  ],

  context: async ({ context, allowedProblems }, use) => {
    const problems = watch(context);
    await use(context);
    expect(
      problems.filter((problem) => !allowedProblems?.test(problem)),
      'problems of the pages',
    ).toEqual([]);
  },
});

export { expect };

/** The browser's errors while the server is down, for stories that stop it. */
export const SERVER_DOWN =
  /ERR_(CONNECTION_REFUSED|CONNECTION_RESET|INCOMPLETE_CHUNKED_ENCODING|EMPTY_RESPONSE|SOCKET_NOT_CONNECTED)|Failed to fetch/;

/** Depends on how busy the machine is. That the preloaded files are the ones used is the story of the site's files. */
const UNUSED_PRELOAD = /was preloaded using link preload but not used/;

/** Collects the problems of all pages of a browser context, from now on. A story that opens a context of its own watches it. */
export function watch(context: BrowserContext): string[] {
  const problems: string[] = [];
  context.on('console', (message) => {
    // Leptos reports a hydration mismatch as a warning, so warnings count as much as errors.
    const isProblem = ['error', 'warning'].includes(message.type()) && !UNUSED_PRELOAD.test(message.text());
    if (isProblem) problems.push(`console ${message.type()}: ${message.text()}`);
  });
  context.on('weberror', (error) => problems.push(`page error: ${error.error().message}`));
  context.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText ?? 'unknown';
    // Leaving a page aborts its event stream and open requests.
    if (reason !== 'net::ERR_ABORTED') problems.push(`request failed: ${request.url()}: ${reason}`);
  });
  context.on('response', (response) => {
    if (response.status() >= 500) problems.push(`answer ${response.status()}: ${response.url()}`);
  });
  return problems;
}

/** Waits until the page is hydrated: before that, keys do nothing. */
export async function ready(page: Page): Promise<void> {
  await expect(page.locator('html[data-ready]'), 'the page is hydrated').toBeAttached();
}

/** Proves that the page is not loaded again: a mark on the window is gone after a load. */
export async function markDocument(page: Page): Promise<() => Promise<void>> {
  await page.evaluate(() => Object.assign(window, { fleetcastMark: true }));
  return async () =>
    expect(await page.evaluate(() => 'fleetcastMark' in window), 'the page has not been loaded again').toBe(true);
}

/**
 * Has the page rendered in the console's own fonts. They are optional (style/_base.scss): where one is not loaded in the
 * first 100 ms, as on a busy machine, the page load does without it. The same fonts are added here once more, to be
 * waited for.
 */
export async function renderInOwnFonts(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const sheets = [...document.styleSheets].filter(({ href }) => href?.startsWith(location.origin));
    for (const sheet of sheets) {
      for (const rule of [...sheet.cssRules].filter((rule) => rule instanceof CSSFontFaceRule)) {
        sheet.insertRule(rule.cssText.replace('font-display: optional', 'font-display: block'), sheet.cssRules.length);
      }
    }
    await Promise.all([...document.fonts].map((font) => font.load()));
    await document.fonts.ready;
  });
}
