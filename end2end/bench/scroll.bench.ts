// How long scrolling keeps the browser busy: a job on 100,000 devices, of which only the rows in view are in the
// document, beside one on 200, all of whose rows are in the document.

import { type Browser, type Page as Tab } from '@playwright/test';
import { type DeviceResult, type Page } from '../support/api.ts';
import { expect } from '../support/app.ts';
import { jobPageReady } from '../support/jobs.ts';
import { test } from '../support/large-fleet.ts';

/** The longest list all of whose rows are in the document. */
const WHOLE = 200;
const RUNS = 5;
/** Steps of the wheel in a run: down, and up again before a short list ends. */
const TURNS = 60;
const TURNS_ONE_WAY = 15;
const STEP_PIXELS = 300;
const JUMPS = 9;
/** A longer task delays what the user sees: the limit that browsers use. */
const LONG_MS = 50;

interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  /** Start and duration in microseconds. */
  ts: number;
  dur?: number;
  args?: { data?: { type?: string } };
}

/** Milliseconds of every task that scrolled the page during `act`. */
async function scrollTasks(browser: Browser, page: Tab, act: () => Promise<void>): Promise<number[]> {
  await browser.startTracing(page, { categories: ['toplevel', 'devtools.timeline'] });
  await act();
  const trace = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  const spans = trace.traceEvents.filter(({ ph }) => ph === 'X');
  const scrolled = spans.filter(({ name, args }) => name === 'EventDispatch' && args?.data?.type === 'scroll');
  const isScrolled = ({ pid, tid, ts, dur = 0 }: TraceEvent) =>
    scrolled.some((event) => event.pid === pid && event.tid === tid && event.ts >= ts && event.ts < ts + dur);
  // Each task is traced twice, when it is scheduled and when it runs.
  const tasks = spans.filter(({ name }) => name === 'ThreadControllerImpl::RunTask').filter(isScrolled);
  return tasks.map(({ dur = 0 }) => dur / 1000);
}

/** Waits until all rows are fetched. */
const rowsAreHere = (page: Tab) => expect(page.locator('tr[aria-rowindex][aria-busy]')).toHaveCount(0);

async function turnTheWheel(page: Tab): Promise<void> {
  await page.mouse.move(700, 700);
  for (let turn = 0; turn < TURNS; turn += 1) {
    const isDown = Math.floor(turn / TURNS_ONE_WAY) % 2 === 0;
    await page.mouse.wheel(0, isDown ? STEP_PIXELS : -STEP_PIXELS);
    await rowsAreHere(page);
  }
}

async function jump(page: Tab): Promise<void> {
  for (let part = 1; part <= JUMPS; part += 1) {
    await page.evaluate((to) => window.scrollTo(0, document.documentElement.scrollHeight * to), part / (JUMPS + 1));
    await rowsAreHere(page);
  }
}

function summary(what: string, tasks: number[]): string {
  const sorted = tasks.toSorted((one, other) => one - other);
  const at = (share: number) => (sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(0);
  const long = sorted.filter((task) => task > LONG_MS).length;
  return `| ${what} | ${sorted.length} | ${at(0.5)} ms | ${at(0.95)} ms | ${at(1)} ms | ${long} |`;
}

test('Scrolling', async ({ browser, page, api, server, jobId }) => {
  test.setTimeout(600_000);
  const devices = await fetch(`${server.url}/api/v1/jobs/${jobId}/devices?limit=${WHOLE}`);
  const { items } = (await devices.json()) as Page<DeviceResult>;
  const small = await api.createJob({
    type: 'scheduleUpdateTwin',
    updateTwin: { etag: '*', tags: { wave: 2 } },
    queryCondition: '',
    deviceIds: items.map(({ deviceId }) => deviceId),
  });
  await api.finished(small.jobId);

  const lines = ['| what | tasks | median | p95 | longest | over 50 ms |', '|---|---|---|---|---|---|'];
  const measure = async (what: string, id: string, act: (page: Tab) => Promise<void>) => {
    const tasks: number[] = [];
    for (let run = 0; run < RUNS; run += 1) {
      await page.goto(`/jobs/${id}?order=device`);
      await jobPageReady(page);
      tasks.push(...(await scrollTasks(browser, page, () => act(page))));
    }
    expect(tasks.length, 'tasks in which the page was scrolled').toBeGreaterThan(0);
    lines.push(summary(what, tasks));
  };
  await measure(`wheel, ${WHOLE} rows (baseline)`, small.jobId, turnTheWheel);
  await measure('wheel, 100,000 rows', jobId, turnTheWheel);
  await measure('jumps, 100,000 rows', jobId, jump);
  console.log(`\n${lines.join('\n')}\n`);
});
