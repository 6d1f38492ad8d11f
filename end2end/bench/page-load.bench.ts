// What page loads cost, beside their budgets: bytes over the network and the time until interactive, at 10 Mbit/s with
// a processor four times slower, with an empty cache and with a filled one.

import { type Browser, type Page } from '@playwright/test';
import { expect, ready, test } from '../support/app.ts';

const PAGES = ['/jobs', '/jobs/new', '/devices', '/simulator'];
const RUNS = 3;
const BYTES_PER_SECOND = 10_000_000 / 8;
const SLOWDOWN = 4;

interface PageLoad {
  kB: number;
  /** Milliseconds from the start of the navigation until keys and buttons work. */
  interactive: number;
}

/** Loads a page with network and processor slowed down. */
async function load(page: Page, address: string): Promise<PageLoad> {
  const client = await page.context().newCDPSession(page);
  await client.send('Network.enable');
  await client.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 0,
    downloadThroughput: BYTES_PER_SECOND,
    uploadThroughput: BYTES_PER_SECOND,
  });
  await client.send('Emulation.setCPUThrottlingRate', { rate: SLOWDOWN });
  let bytes = 0;
  client.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength));
  await page.addInitScript(() => {
    new MutationObserver((_, observer) => {
      if (!document.documentElement.hasAttribute('data-ready')) return;
      observer.disconnect();
      performance.mark('interactive');
    }).observe(document, { attributes: true, subtree: true, attributeFilter: ['data-ready'] });
  });
  await page.goto(address);
  await ready(page);
  const interactive = await page.evaluate(() => performance.getEntriesByName('interactive')[0]?.startTime ?? NaN);
  await client.detach();
  return { kB: bytes / 1000, interactive };
}

/** Loads a page with an empty cache and, in the same browser, once more. */
async function firstAndLaterLoad(browser: Browser, url: string, address: string): Promise<[PageLoad, PageLoad]> {
  const context = await browser.newContext();
  const open = async () => {
    const page = await context.newPage();
    const measured = await load(page, url + address);
    await page.close();
    return measured;
  };
  const measured: [PageLoad, PageLoad] = [await open(), await open()];
  await context.close();
  return measured;
}

const median = (values: number[]) => values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? NaN;

test('Page loads', async ({ browser, server, api: _ready }) => {
  test.setTimeout(600_000);
  const lines = ['| page | first load | interactive | later load | interactive |', '|---|---|---|---|---|'];
  for (const address of PAGES) {
    const measured: [PageLoad, PageLoad][] = [];
    for (let run = 0; run < RUNS; run += 1) measured.push(await firstAndLaterLoad(browser, server.url, address));
    const column = (which: 0 | 1) => {
      const of = (pick: (load: PageLoad) => number) => median(measured.map((pair) => pick(pair[which]))).toFixed(0);
      return `${of(({ kB }) => kB)} kB | ${of(({ interactive }) => interactive)} ms`;
    };
    lines.push(`| ${address} | ${column(0)} | ${column(1)} |`);
  }
  lines.push('| budget | 900 kB | 1500 ms | 60 kB | 400 ms |');
  expect(lines.length).toBe(PAGES.length + 3);
  console.log(`\n${lines.join('\n')}\n`);
});
