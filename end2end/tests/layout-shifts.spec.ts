import { type Locator } from '@playwright/test';
import { type Api, lockDoors } from '../support/api.ts';
import { expect, ready, test } from '../support/app.ts';
import { deviceRows, expectState, jobLink, jobListReady, jobMenu, jobPageReady } from '../support/jobs.ts';
import { watchShifts } from '../support/layout-shifts.ts';
import { expectRow, jobTable } from '../support/table.ts';

// More rows than a window holds.
const DEVICES = 120;
test.use({ simulatedDevices: DEVICES });

/**
 * A job whose devices answer one by one over some seconds, some with an error, and that runs until the story ends it.
 */
function slowJob(api: Api): ReturnType<Api['createOpenJob']> {
  return api.createOpenJob({ latencyMs: { p50: 3_000, p95: 6_000 }, errorShare: 0.3 });
}

/** Distance from the top of the window, in CSS pixels. */
async function top(element: Locator): Promise<number | undefined> {
  return (await element.boundingBox())?.y;
}

for (const [where, open] of [
  ['the list of jobs', () => '/jobs'],
  ['the page of a job', (jobId: string) => `/jobs/${jobId}`],
] as const) {
  test(`No layout shift on ${where} while devices answer`, async ({ page, api }) => {
    const { jobId } = await slowJob(api);
    await page.goto(open(jobId));
    await (where === 'the list of jobs' ? jobListReady(page) : jobPageReady(page));
    if (where === 'the page of a job') await expect(page.getByRole('img', { name: /in the order/ })).toBeVisible();
    await page.evaluate(() => document.fonts.ready);
    const expectNoShift = await watchShifts(page);
    const bar = page.getByRole('main').getByRole('img', { name: /failed/ });
    await expect(bar.first(), 'the first failure is here').toBeVisible();
    await api.jobWhen(jobId, 'is nearly done', (job) => job.outcomes.inFlight < DEVICES / 4);
    await expectNoShift();
  });
}

// Each with the text that comes last: rendered after hydration, or read after the page.
const PAGE_LOADS = [
  { where: '/jobs', last: 'Jobs' },
  { where: '/jobs/new', last: 'Enter a method name' },
  { where: '/devices', last: `${DEVICES} devices match` },
  { where: '/devices/door-0001', last: 'Write a JSON object to patch' },
  { where: '/simulator', last: 'Simulator' },
  { where: 'the page of a job', last: `${DEVICES} answers` },
];

for (const width of [1440, 390]) {
  for (const { where, last } of PAGE_LOADS) {
    test(`No layout shift while ${where} loads, ${width} px wide`, async ({ page, api }) => {
      await page.setViewportSize({ width, height: 900 });
      let path = where;
      if (!where.startsWith('/')) {
        const { jobId } = await api.createJob(lockDoors());
        await api.finished(jobId);
        path = `/jobs/${jobId}`;
      }
      await page.goto(path);
      await ready(page);
      // The form for tags has the same text, hidden.
      await expect(page.getByRole('main').getByText(last).filter({ visible: true }).first()).toBeVisible();
      await page.evaluate(() => document.fonts.ready);
      const expectNoShift = await watchShifts(page, 'navigation');
      // Layout shifts of a frame are reported after the next one.
      await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
      await expectNoShift();
    });
  }
}

for (const width of [1440, 1100, 390]) {
  test(`The buttons of a job do not move when it ends, ${width} px wide`, async ({ page, api }) => {
    await page.setViewportSize({ width, height: 900 });
    // Quick runs before it, so that it is late.
    for (const _ of [1, 2, 3]) await api.finished((await api.createJob(lockDoors())).jobId);
    const { jobId, end } = await slowJob(api);
    await page.goto(`/jobs/${jobId}`);
    await jobPageReady(page);
    await expectState(page, 'All', DEVICES);
    await expect(page.getByText(/^over the usual \d/)).toBeVisible();
    await page.evaluate(() => document.fonts.ready);
    const buttons = [
      page.getByText('Export', { exact: true }),
      page.getByRole('link', { name: 'Start another like this' }),
      page.getByRole('list', { name: 'Filter devices by state' }).getByRole('link', { name: 'All' }),
    ];
    const places = () => Promise.all(buttons.map((button) => button.boundingBox()));
    const before = await places();
    await end();
    await api.finished(jobId);
    await expect(page.getByRole('button', { name: /that did not succeed$/ }), 'another one has come').toBeVisible();
    expect(await places()).toEqual(before);
  });
}

test('The map of a job has its space before the first device is called', async ({ page, api }) => {
  await api.connected(DEVICES);
  // Without any job the list is the page of a new console.
  await api.finished((await api.createJob(lockDoors())).jobId);
  await api.simulate({ latencyMs: { p50: 3_000, p95: 6_000 }, seed: 7 });
  await page.goto('/jobs?tab=scheduled');
  await jobListReady(page);
  const soon = new Date(Date.now() + 20_000).toISOString();
  const { jobId } = await api.createJob(lockDoors({ startTime: soon, expectedDevices: DEVICES }));
  await page.getByRole('button', { name: /newer job/ }).click();
  await jobLink(page, jobId).click();
  await jobPageReady(page);
  const map = page.getByRole('img', { name: /in the order/ });
  await expect(map).toHaveCount(0);
  const devices = page.getByRole('heading', { name: /^Devices/ });
  const before = await top(devices);
  expect(before).toBeGreaterThan(0);
  await expect(map).toBeVisible({ timeout: 45_000 });
  expect(await top(devices)).toBe(before);
});

test('The row, focus and selection I work with stay in place while devices answer', async ({ page, api }) => {
  const { jobId, end } = await slowJob(api);
  await page.goto(`/jobs/${jobId}`);
  await jobPageReady(page);
  await api.jobWhen(jobId, 'has some results', (job) => job.outcomes.succeeded + job.outcomes.failed > 10);

  // A row far down, and the panel of its device.
  await page.mouse.move(500, 600);
  await page.mouse.wheel(0, 1_500);
  const row = deviceRows(page).nth(60).getByRole('link');
  await row.scrollIntoViewIfNeeded();
  const device = await row.innerText();
  await row.click();
  const drawer = page.getByRole('complementary', { name: `Device ${device}` });
  await expect(drawer).toContainText('Hub says');
  const held = page.getByRole('rowheader', { name: device, exact: true });
  const copy = drawer.getByRole('button').first();
  await copy.focus();
  const selected = await drawer.getByRole('heading').first().evaluate((heading) => {
    getSelection()?.selectAllChildren(heading);
    return String(getSelection());
  });
  expect(selected).not.toBe('');
  const before = await top(held);

  await end();
  const job = await api.finished(jobId);
  await expectState(page, 'Failed', job.outcomes.failed);
  // Where the page grows above, the browser scrolls along, so that what is in view stays.
  expect(await top(held), 'the row').toBe(before);
  await expect(copy, 'the focus').toBeFocused();
  expect(await page.evaluate(() => String(getSelection())), 'the selection').toBe(selected);
  await expect(drawer, 'the panel').toBeInViewport();
});

test('The list does not move under my pointer when the job ends; new panels wait until the pointer is idle', async ({ page, api }) => {
  const { jobId, end } = await slowJob(api);
  await page.goto(`/jobs/${jobId}`);
  await jobPageReady(page);
  const list = page.getByRole('heading', { name: /^Devices/ });
  const rerun = page.getByRole('button', { name: /^Rerun the [\d,]+ that did not succeed$/ });
  const rerunCause = page.getByRole('button', { name: /^Rerun these/ });
  await api.jobWhen(jobId, 'is nearly done', (job) => job.outcomes.inFlight < DEVICES / 4);
  await expect(page.getByText(/BOLT_JAMMED/).first(), 'the cause has its row').toBeVisible();
  const before = await top(list);
  const row = await deviceRows(page).nth(3).boundingBox();
  await end();
  let step = 0;
  const hasEnded = async (): Promise<boolean> => {
    step += 1;
    await page.mouse.move((row?.x ?? 0) + 50 + (step % 20), (row?.y ?? 0) + 5);
    return rerun.isVisible();
  };
  await expect.poll(hasEnded, { intervals: [100], timeout: 60_000 }).toBe(true);
  expect(await top(list), 'while the pointer moves over it').toBe(before);
  await expect(rerunCause).toHaveCount(0);

  await expect(rerunCause.first(), 'the pointer is idle').toBeVisible();
  await expect(page.getByRole('img', { name: /answers/ }), 'round trips take the space that was kept for them').toBeVisible();
  expect(await top(list), 'after the end').toBe(before);
});

test('Nothing takes the place of the button that stops a job', async ({ page, api }) => {
  const { jobId, end } = await slowJob(api);
  await page.goto(`/jobs/${jobId}`);
  await jobPageReady(page);
  const place = await page.getByRole('button', { name: 'Stop job…' }).boundingBox();
  await end();
  await api.finished(jobId);
  await expect(page.getByRole('button', { name: /that did not succeed$/ })).toBeVisible();
  await page.mouse.click((place?.x ?? 0) + (place?.width ?? 0) / 2, (place?.y ?? 0) + (place?.height ?? 0) / 2);
  await expect(page, 'a late click does nothing').toHaveURL(new RegExp(`/jobs/${jobId}$`));
  expect((await api.jobs())[0]?.jobId, 'no other job was created').toBe(jobId);
});

test('A menu that I have opened on the page of a job stays open until the job has ended', async ({ page, api }) => {
  const { jobId, end } = await slowJob(api);
  await page.goto(`/jobs/${jobId}`);
  await jobPageReady(page);
  await page.getByText('Export', { exact: true }).click();
  const item = page.getByRole('link', { name: /^CSV/ });
  await item.focus();
  const before = await item.boundingBox();
  await api.jobWhen(jobId, 'is nearly done', (job) => job.outcomes.inFlight < DEVICES / 4);
  expect(await item.boundingBox(), 'at its place').toEqual(before);
  await end();
  const job = await api.finished(jobId);
  await expectState(page, 'Failed', job.outcomes.failed);
  await expect(page.getByRole('button', { name: /that did not succeed$/ }), 'the page knows that it has ended').toBeVisible();
  await expect(item).toBeFocused();
  await expect(item).toBeVisible();
});

test('A menu that I have opened on the list of jobs stays open until the job has ended', async ({ page, api }) => {
  const { jobId, end } = await slowJob(api);
  await page.goto('/jobs');
  await jobListReady(page);
  const row = page.getByRole('row').filter({ hasText: jobId });
  await jobMenu(page, jobId).click();
  const copy = row.getByRole('button', { name: 'Copy link' });
  await copy.focus();
  await end();
  await api.finished(jobId);
  await expectRow(jobTable(page), { Job: jobId, Status: 'With failures' });
  await expect(copy).toBeFocused();
  await expect(copy).toBeVisible();
});
