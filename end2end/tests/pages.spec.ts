import { type Locator, type Page } from '@playwright/test';
import { type Api, lockDoors, tomorrow } from '../support/api.ts';
import { expect, ready, test } from '../support/app.ts';

// What every page looks like, and what it says to those who listen. Taken anew, when a page has changed on purpose, with
// "make snapshots"; look at what has changed before you commit it.

// Another size than the other stories', and so a server of its own: nothing but these jobs is on the pages.
const DOORS = 12;
// The comparison puts a style sheet into the page, which the page's policy refuses.
test.use({ simulatedDevices: DOORS, allowedComplaints: /status of 404/, bypassCSP: true });

/** Names that stay the same from run to run. */
const FINISHED = 'lock-building-43';
const PLANNED = 'open-in-the-morning';
const DEVICE = 'door-0001';

const PAGES = [
  { name: 'jobs', path: '/jobs', ready: FINISHED },
  { name: 'new-job', path: '/jobs/new?method=lockDoor', ready: 'New job' },
  { name: 'job', path: `/jobs/${FINISHED}`, ready: 'BOLT_JAMMED' },
  { name: 'job-device', path: `/jobs/${FINISHED}?device=${DEVICE}`, ready: 'Hub says' },
  { name: 'job-planned', path: `/jobs/${PLANNED}`, ready: PLANNED },
  { name: 'devices', path: '/devices', ready: DEVICE },
  { name: 'device', path: `/devices/${DEVICE}`, ready: DEVICE },
  { name: 'simulator', path: '/simulator', ready: 'Simulator' },
  { name: 'not-there', path: '/no-such-page', ready: 'page' },
];

test.setTimeout(180_000);

/** Sets the same scene once: a finished job with failures, and a planned one. */
async function setScene(api: Api): Promise<void> {
  const known = (await api.jobs()).map((job) => job.jobId);
  if (known.includes(FINISHED)) return;
  await api.simulate({ errorShare: 0.3, seed: 7 });
  await api.createJob(lockDoors({ jobId: FINISHED }));
  await api.finished(FINISHED);
  await api.createJob(lockDoors({ jobId: PLANNED, startTime: tomorrow() }));
}

async function open(page: Page, path: string, content: string): Promise<void> {
  await page.goto(path);
  await ready(page);
  await expect(page.getByRole('main').getByText(content).first()).toBeVisible();
  await expect(page.getByRole('contentinfo')).toContainText(`${DOORS} of ${DOORS} connected`);
  await page.evaluate(() => document.fonts.ready);
}

/**
 * What a page says to those who listen, with a sign in place of whatever is measured anew in each run: numbers, times
 * and durations. States that pass are left out.
 */
async function outline(region: Locator): Promise<string> {
  const text = await region.ariaSnapshot();
  return text
    .replace(/- status: .*/g, '- status')
    // What happened to a device within one second stands in either order.
    .replace(/(- heading "What touched this device" [^\n]*\n)[^]*?(\n *- link "Every job)/, '$1$2')
    .replace(/(?<!level=)\d[\d,.:]*/g, '#')
    // Of another day than today a time says which.
    .replace(/\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun) #/g, '#')
    .replace(/# (ms|s|min|h|days?)\b( # (s|min|h)\b)?/g, '#')
    .replace(/("# answers:).*$/gm, '$1 #')
    .replace(/\b(now|yesterday|# ago|in #)(?=["\s,]|$)/gm, '#');
}

/** Icons of the page whose drawing is not in the document, from where alone they come when the server is away. */
async function iconsNotThere(page: Page): Promise<(string | null)[]> {
  const wanted = page.locator('use');
  await expect(wanted).not.toHaveCount(0);
  return wanted.evaluateAll((icons) =>
    icons.map((icon) => icon.getAttribute('href')).filter((href) => !href || !document.querySelector(href)?.matches('symbol')),
  );
}

test('Every page says what it said', async ({ page, api }) => {
  await setScene(api);
  for (const { name, path, ready: content } of PAGES) {
    await test.step(name, async () => {
      await open(page, path, content);
      expect.soft(await outline(page.getByRole('main'))).toMatchSnapshot(`${name}.txt`);
      expect.soft(await iconsNotThere(page), 'icons that nobody has drawn').toEqual([]);
    });
  }
  expect.soft(await outline(page.getByRole('banner'))).toMatchSnapshot('top-bar.txt');
  expect.soft(await outline(page.getByRole('contentinfo'))).toMatchSnapshot('status-bar.txt');
});

for (const [colorScheme, width] of [['light', 1440], ['dark', 390]] as const) {
  test(`Every page looks as it did, ${colorScheme} at ${width} px`, async ({ page, api }) => {
    await setScene(api);
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    // The simulator shows the pool at work: its numbers and charts never stand still.
    for (const { name, path, ready: content } of PAGES.filter(({ name }) => name !== 'simulator')) {
      await test.step(name, async () => {
        await open(page, path, content);
        await expect.soft(page).toHaveScreenshot(`${name}-${colorScheme}-${width}.png`);
      });
    }
  });
}
