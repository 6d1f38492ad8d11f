import { readFile } from 'node:fs/promises';
import { expectNoFindings } from '../support/accessibility.ts';
import { jobIdInAddress, submitButton } from '../support/jobs.ts';
import { expectNoHorizontalScroll } from '../support/overflow.ts';
import { expect, invite, join, PASSWORD, ready, setUp, setupLink, test } from '../support/team.ts';

// The browser logs a page that is not there for an operator.
test.use({ allowedProblems: /status of 404/ });

test('A colleague runs a job, and I find in the audit log who it was and take it with me', async ({ server, openBrowser }) => {
  const priya = await openBrowser();
  await setUp(priya, server);
  const link = await invite(priya, 'Mara Lindqvist', 'mara', 'Operator: runs jobs, changes devices');
  const mara = await openBrowser();
  await join(mara, link);
  await expect(mara.getByRole('contentinfo')).toContainText(/1\d of 12 connected/);
  await mara.goto('/jobs/new?method=lockDoor&target=one&device=door-0001&reason=Fire+drill');
  await ready(mara);
  await submitButton(mara).click();
  const jobId = await jobIdInAddress(mara);

  await priya.getByLabel('Account of Priya Nair').click();
  await priya.getByRole('link', { name: 'Audit' }).click();
  await expect(priya.getByRole('heading', { level: 1, name: 'Audit' })).toBeVisible();
  await priya.getByLabel('Who').fill('mara');
  await priya.getByLabel('Action').selectOption('job:create');
  await priya.getByRole('button', { name: 'Filter' }).click();
  await expect(priya).toHaveURL(/who=mara&action=job%3Acreate/);
  const entry = priya.getByRole('row').filter({ hasText: 'Mara Lindqvist' });
  await expect(entry).toHaveCount(1);
  await expect(entry).toContainText('done');
  await expect(entry.getByRole('link', { name: jobId })).toBeVisible();
  await entry.getByRole('link', { name: /^Row \d+, show details/ }).click();
  await expect(priya.getByText('"reason": "Fire drill"')).toBeVisible();
  await expect(priya.getByText('POST /fn/create-job')).toBeVisible();
  await expect(entry.getByRole('link', { name: /^Row \d+, hide details/ })).toHaveAttribute('aria-expanded', 'true');
  await priya.reload();
  await ready(priya);
  await expect(priya.getByText('"reason": "Fire drill"'), 'the address has the open row').toBeVisible();

  await priya.getByText('Export', { exact: true }).click();
  const downloading = priya.waitForEvent('download');
  await priya.getByRole('link', { name: 'CSV' }).click();
  const csv = await readFile(await (await downloading).path(), 'utf8');
  const lines = csv.trimEnd().split('\r\n');
  expect(lines).toHaveLength(2);
  expect(lines[1]).toContain(`Mara Lindqvist,session`);
  expect(lines[1]).toContain(`,job:create,${jobId},`);

  // Mara sees what she did, and nothing of other people.
  await mara.getByLabel('Account of Mara Lindqvist').click();
  await mara.getByRole('link', { name: 'Audit' }).click();
  await expect(mara.getByText('what you did')).toBeVisible();
  await expect(mara.getByRole('row').filter({ hasText: 'job:create' })).toHaveCount(1);
  await expect(mara.getByRole('row').filter({ hasText: 'Priya Nair' })).toHaveCount(0);
});

test('The audit log says that its chain is intact, passes the audit and fits every width', async ({ server, openBrowser }) => {
  const page = await openBrowser();
  await setUp(page, server);
  await invite(page, 'Ken Osei', 'ken', 'Viewer: sees jobs and devices');
  await page.goto('/audit');
  await ready(page);
  await page.getByRole('button', { name: 'Check again' }).click();
  const chain = page.getByRole('region', { name: 'Chain of hashes' });
  await expect(chain).toContainText('Chain intact');
  await expect(chain).toContainText('4 good rows');
  await page.getByRole('link', { name: 'Row 4, show details' }).click();
  await expect(page.getByText('"userName": "ken"')).toBeVisible();
  for (const width of [1440, 1088, 768, 390]) {
    await page.setViewportSize({ width, height: 900 });
    await test.step(`${width} px`, () => expectNoHorizontalScroll(page));
  }
  await expectNoFindings(page);
});

test.describe('without scripts', () => {
  test.use({ javaScriptEnabled: false });

  test('I filter the audit log and check its chain', async ({ server, openBrowser }) => {
    const page = await openBrowser();
    await page.goto(setupLink(server));
    await page.getByLabel('Name', { exact: true }).fill('Priya Nair');
    await page.getByLabel('User name').fill('priya');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Create administrator and sign in' }).click();
    await page.goto('/audit');
    await page.getByRole('button', { name: 'Check again' }).click();
    await expect(page.getByText('Chain intact')).toBeVisible();
    await page.getByLabel('Result', { exact: true }).selectOption('refused');
    await page.getByRole('button', { name: 'Filter' }).click();
    await expect(page.getByText('Nothing matches these filters.')).toBeVisible();
    await page.getByRole('link', { name: 'Remove the filters' }).click();
    await page.getByRole('link', { name: 'Row 2, show details' }).click();
    await expect(page.getByText('one-time link').first()).toBeVisible();
  });
});
