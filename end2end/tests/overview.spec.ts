import { type Page } from '@playwright/test';
import { lockDoors } from '../support/api.ts';
import { expect, ready, test } from '../support/app.ts';
import { liveBadge } from '../support/jobs.ts';

const DEVICES = 16;
// Another size than the other stories', and so a server of its own: no other jobs are in the figures.
test.use({ simulatedDevices: DEVICES });

const figure = (page: Page, name: string) =>
  page.locator('.overview__figures .figure').filter({ has: page.getByRole('term').filter({ hasText: name }) });
const region = (page: Page, name: string) => page.getByRole('region', { name });

/** The overview, up to date. */
async function open(page: Page, address = '/'): Promise<void> {
  await page.goto(address);
  await ready(page);
  await expect(liveBadge(page, 'Live')).toBeAttached();
}

test('While a job runs its bar and the figures move; afterwards they are those of the lists', async ({ page, api }) => {
  const { jobId, end } = await api.createOpenJob();
  await open(page);
  await expect(figure(page, 'Running')).toContainText('1 job');
  const running = region(page, 'Running now');
  await expect(running.getByRole('link', { name: new RegExp(`, ${jobId}$`) })).toBeVisible();
  const toGo = (await api.job(jobId)).deviceJobStatistics;
  await expect(figure(page, 'Running')).toContainText(`${toGo.pendingCount + toGo.runningCount} device`);
  await end();
  const job = await api.finished(jobId);
  await expect(figure(page, 'Running')).toContainText('0 jobs');
  await expect(running).toContainText('Nothing runs.');
  await expect(figure(page, 'Last 24 hours')).toContainText(`${job.deviceJobStatistics.deviceCount} device jobs`);
  await expect(region(page, 'Recent activity').getByRole('listitem').first()).toContainText('ended');
});

test('Each figure leads to the list that shows the same number', async ({ page, api }) => {
  await api.simulate({ errorShare: 1, seed: 7 });
  const { jobId } = await api.createJob(lockDoors({ name: 'Lock Building 43' }));
  await api.finished(jobId);
  await api.removeFaults();
  await open(page);

  await expect(figure(page, 'Connected')).toContainText(`${DEVICES} of ${DEVICES}`);
  await figure(page, 'Connected').getByRole('link').click();
  await expect(page).toHaveURL(/\/devices\?query=connectionState/);
  await expect(page.getByRole('main')).toContainText(`${DEVICES} devices`);

  await page.goBack();
  const attention = region(page, 'Needs attention').getByRole('listitem').filter({ hasText: 'Lock Building 43' }).first();
  await expect(attention).toContainText(`${DEVICES} of ${DEVICES} devices`);
  await figure(page, 'Last 24 hours').getByRole('link', { name: /problems$/ }).click();
  await expect(page).toHaveURL(/\/jobs\?since=24h&status=failed/);
  await expect(page.getByRole('link', { name: new RegExp(`^Lock Building 43, ${jobId}$`) })).toBeVisible();

  await page.goBack();
  const cause = region(page, 'Causes').getByRole('row').nth(1);
  await expect(cause).toContainText(String(DEVICES));
  await cause.getByRole('link').click();
  await expect(page).toHaveURL(new RegExp(`/jobs/${jobId}\\?cause=`));

  await page.goBack();
  await region(page, 'Device jobs per day').getByRole('link').last().click();
  await expect(page).toHaveURL(/\/jobs\?day=\d{4}-\d\d-\d\d$/);
  await expect(page.getByRole('link', { name: new RegExp(`^Lock Building 43, ${jobId}$`) })).toBeVisible();
});

test('A planned job is on the axis of the next 24 hours, and a cell of the matrix opens its devices', async ({ page, api }) => {
  const startTime = new Date(Date.now() + 5 * 3600 * 1000).toISOString();
  const { jobId } = await api.createJob(lockDoors({ name: 'Morning unlock', startTime }));
  await open(page);
  const next = region(page, 'Next 24 hours');
  await expect(next).toContainText('1 start');
  await expect(figure(page, 'Next')).toContainText('Morning unlock');
  await expect(next.getByRole('link', { name: 'Morning unlock' })).toHaveAttribute('href', `/jobs/${jobId}`);

  const matrix = page.getByRole('img', { name: /devices by building and floor/i });
  await matrix.focus();
  await page.keyboard.press('ArrowRight');
  await expect(page.locator('#matrix-name')).toContainText(/^Building .+, floor .+: 0 of \d+ not connected$/);
  const count = /of (\d+)/.exec((await page.locator('#matrix-name').textContent()) ?? '')?.[1];
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/devices\?query=tags\.building/);
  await expect(page.getByRole('main')).toContainText(`${count} device`);
});

test('g o and the logo lead to the overview', async ({ page }) => {
  await page.goto('/devices');
  await ready(page);
  await page.keyboard.press('g');
  await page.keyboard.press('o');
  await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible();
  await page.goto('/jobs');
  await page.getByRole('link', { name: 'Fleetcast, overview' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible();
});
