import { type Locator } from '@playwright/test';
import { type Api, lockDoors } from '../support/api.ts';
import { expect, ready, test } from '../support/app.ts';
import { deviceRows, expectState, jobListReady, jobPageReady } from '../support/jobs.ts';
import { watchShifts } from '../support/shifts.ts';

// More rows than a window holds.
const DOORS = 120;
test.use({ simulatedDevices: DOORS });

/** A job whose doors answer one by one over some seconds, some of them that they are jammed. */
async function slowJob(api: Api): Promise<string> {
  await api.connected(DOORS);
  await api.simulate({ latencyMs: { p50: 3_000, p95: 6_000 }, errorShare: 0.3, seed: 7 });
  return (await api.createJob(lockDoors())).jobId;
}

/** Where it is in the window, in CSS pixels from the top. */
async function top(element: Locator): Promise<number | undefined> {
  return (await element.boundingBox())?.y;
}

for (const [where, open] of [
  ['the list of jobs', () => '/jobs'],
  ['the page of a job', (jobId: string) => `/jobs/${jobId}`],
] as const) {
  test(`Nothing moves by itself on ${where} while doors answer`, async ({ page, api }) => {
    const jobId = await slowJob(api);
    await page.goto(open(jobId));
    await (where === 'the list of jobs' ? jobListReady(page) : jobPageReady(page));
    if (where === 'the page of a job') await expect(page.getByRole('img', { name: /in the order/ })).toBeVisible();
    await page.evaluate(() => document.fonts.ready);
    const expectNoShift = await watchShifts(page);
    const bar = page.getByRole('main').getByRole('img', { name: /failed/ });
    await expect(bar.first(), 'the first failure is here').toBeVisible();
    await api.jobWhen(jobId, 'is nearly done', (job) => job.outcomes.inFlight < DOORS / 4);
    await expectNoShift();
  });
}

for (const where of ['/jobs', '/jobs/new', '/devices', '/devices/door-0001', '/simulator', 'the page of a job']) {
  test(`Nothing moves when ${where} is first visited`, async ({ page, api }) => {
    let path = where;
    if (!where.startsWith('/')) {
      const { jobId } = await api.createJob(lockDoors());
      await api.finished(jobId);
      path = `/jobs/${jobId}`;
    }
    await page.goto(path);
    await ready(page);
    await page.evaluate(() => document.fonts.ready);
    const expectNoShift = await watchShifts(page, 'its start');
    // What a frame has moved is told after the next one.
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
    await expectNoShift();
  });
}

for (const width of [1440, 1100, 390]) {
  test(`The buttons of a job keep their places when it ends, ${width} px wide`, async ({ page, api }) => {
    await page.setViewportSize({ width, height: 900 });
    const jobId = await slowJob(api);
    await page.goto(`/jobs/${jobId}`);
    await jobPageReady(page);
    await expectState(page, 'All', DOORS);
    await page.evaluate(() => document.fonts.ready);
    const buttons = [
      page.getByText('Export', { exact: true }),
      page.getByRole('link', { name: 'Start another like this' }),
      page.getByRole('list', { name: 'Filter devices by state' }).getByRole('link', { name: 'All' }),
    ];
    const places = () => Promise.all(buttons.map((button) => button.boundingBox()));
    const before = await places();
    await api.finished(jobId);
    await expect(page.getByRole('button', { name: /that did not succeed$/ }), 'another one has come').toBeVisible();
    expect(await places()).toEqual(before);
  });
}

test('The map of a job has its place before the first device is sent', async ({ page, api }) => {
  await api.connected(DOORS);
  await api.simulate({ latencyMs: { p50: 3_000, p95: 6_000 }, seed: 7 });
  await page.goto('/jobs?tab=scheduled');
  await jobListReady(page);
  const soon = new Date(Date.now() + 10_000).toISOString();
  const { jobId } = await api.createJob(lockDoors({ startTime: soon, expectedDevices: DOORS }));
  await page.getByRole('button', { name: /newer job/ }).click();
  await page.getByRole('link', { name: jobId, exact: true }).click();
  await jobPageReady(page);
  const map = page.getByRole('img', { name: /in the order/ });
  await expect(map).toHaveCount(0);
  const devices = page.getByRole('heading', { name: /^Devices/ });
  const before = await top(devices);
  expect(before).toBeGreaterThan(0);
  await expect(map).toBeVisible();
  expect(await top(devices)).toBe(before);
});

test('What I hold stays where it is while doors answer', async ({ page, api }) => {
  const jobId = await slowJob(api);
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

  const job = await api.finished(jobId);
  await expectState(page, 'Failed', job.outcomes.failed);
  // Where the page has grown above, the browser goes along: what is looked at is what stays.
  expect(await top(held), 'the row').toBe(before);
  await expect(copy, 'the focus').toBeFocused();
  expect(await page.evaluate(() => String(getSelection())), 'the selection').toBe(selected);
  await expect(drawer, 'the panel').toBeInViewport();
});

test('The list stays under my hand when the job ends, and its panels come when the hand rests', async ({ page, api }) => {
  const jobId = await slowJob(api);
  await page.goto(`/jobs/${jobId}`);
  await jobPageReady(page);
  const list = page.getByRole('heading', { name: /^Devices/ });
  const rerun = page.getByRole('button', { name: /^Rerun the [\d,]+ that did not succeed$/ });
  const rerunCause = page.getByRole('button', { name: /^Rerun these/ });
  await api.jobWhen(jobId, 'is nearly done', (job) => job.outcomes.inFlight < DOORS / 4);
  await expect(page.getByText(/BOLT_JAMMED/).first(), 'the cause has its row').toBeVisible();
  const before = await top(list);
  const row = await deviceRows(page).nth(3).boundingBox();
  let step = 0;
  const hasEnded = async (): Promise<boolean> => {
    step += 1;
    await page.mouse.move((row?.x ?? 0) + 50 + (step % 20), (row?.y ?? 0) + 5);
    return rerun.isVisible();
  };
  await expect.poll(hasEnded, { intervals: [100], timeout: 60_000 }).toBe(true);
  expect(await top(list), 'while I move in it').toBe(before);
  await expect(rerunCause).toHaveCount(0);

  await expect(rerunCause.first(), 'the hand rests').toBeVisible();
  await expect(page.getByRole('heading', { name: /^Round trip/ })).toBeVisible();
});

test('A menu that I have opened on the page of a job stays open until the job has ended', async ({ page, api }) => {
  const jobId = await slowJob(api);
  await page.goto(`/jobs/${jobId}`);
  await jobPageReady(page);
  await page.getByText('Export', { exact: true }).click();
  const item = page.getByRole('link', { name: /^CSV/ });
  await item.focus();
  const before = await item.boundingBox();
  await api.jobWhen(jobId, 'is nearly done', (job) => job.outcomes.inFlight < DOORS / 4);
  expect(await item.boundingBox(), 'at its place').toEqual(before);
  const job = await api.finished(jobId);
  await expectState(page, 'Failed', job.outcomes.failed);
  await expect(page.getByRole('button', { name: /that did not succeed$/ }), 'the page knows that it has ended').toBeVisible();
  await expect(item).toBeFocused();
  await expect(item).toBeVisible();
});

test('A menu that I have opened on the list of jobs stays open until the job has ended', async ({ page, api }) => {
  const jobId = await slowJob(api);
  await page.goto('/jobs');
  await jobListReady(page);
  const row = page.getByRole('row').filter({ hasText: jobId });
  await row.getByLabel(`More for ${jobId}`).click();
  const copy = row.getByRole('button', { name: 'Copy link' });
  await copy.focus();
  await api.finished(jobId);
  await expect(row).toContainText('With failures');
  await expect(copy).toBeFocused();
  await expect(copy).toBeVisible();
});
