import type { Page } from '@playwright/test';
import { expectNoFindings } from '../support/accessibility.ts';
import { expectNoHorizontalScroll } from '../support/overflow.ts';
import { expect, ready, setUp, test } from '../support/team.ts';

// The screen's reads fail while the server is away.
test.use({ allowedProblems: /Failed to (load resource|fetch)|ERR_/ });

/** What the bar of the wall says of its numbers. */
const state = (screen: Page) => screen.locator('.wall__state');

/** A job on the wall, running or ended. */
const job = (screen: Page, name: string) => screen.locator('.wall__job').filter({ hasText: name });

/** What the page reads while its stream is not open. */
const isRead = (url: URL) => url.pathname === '/fn/wall';

async function start(priya: Page, name: string): Promise<void> {
  const data = { name, type: 'scheduleUpdateTwin', queryCondition: '*', updateTwin: { tags: { a: 1 } } };
  expect((await priya.request.post('/api/v1/jobs', { data })).status()).toBe(201);
}

/** Connects a screen, as two people at two machines do. */
async function connect(screen: Page, priya: Page, name: string): Promise<void> {
  await screen.goto('/wall');
  await ready(screen);
  await screen.getByRole('button', { name: 'Show a code' }).click();
  const code = await screen.locator('.wall-code').textContent();
  await priya.goto('/walls');
  await ready(priya);
  await priya.getByLabel('Code that the screen shows').fill((code ?? '').trim().toLowerCase());
  await priya.getByRole('button', { name: 'Continue' }).click();
  await priya.getByLabel('Name of the screen').fill(name);
  await priya.getByRole('button', { name: 'Allow', exact: true }).click();
  await expect(priya.getByRole('row').filter({ hasText: name })).toBeVisible();
  await expect(screen.getByRole('region', { name: 'Running now' })).toBeVisible();
}

test('An administrator connects a screen, which survives a restart and says when it is revoked', async ({ server, openBrowser }) => {
  const priya = await openBrowser();
  await setUp(priya, server);
  const screen = await openBrowser();
  await connect(screen, priya, 'Lobby');
  await expect(state(screen)).toHaveText('Live');
  await expect(screen.getByText('of 12, 100.0 %')).toBeVisible({ timeout: 30_000 });
  await expect(screen.getByRole('main').locator('a, button, input'), 'no controls').toHaveCount(0);
  await expectNoFindings(screen);
  for (const width of [1920, 390]) {
    await screen.setViewportSize({ width, height: 900 });
    await expectNoHorizontalScroll(screen);
  }

  // The screen is sent what it shows: it goes on while every read would fail.
  let reads = 0;
  await screen.route(isRead, (route) => {
    reads += 1;
    return route.abort();
  });
  await start(priya, 'First night');
  await expect(job(screen, 'First night')).toBeVisible();
  // Now its stream is open.
  reads = 0;
  await start(priya, 'Second night');
  await expect(job(screen, 'Second night')).toBeVisible();
  await expect(state(screen)).toHaveText('Live');
  expect(reads, 'reads beside the stream').toBe(0);
  await screen.unroute(isRead);

  await server.stop();
  await expect(state(screen)).toHaveText(/^No connection since \d\d:\d\d:\d\d$/, { timeout: 30_000 });
  await expect(screen.locator('.wall__bar')).toHaveAttribute('data-tone', 'warning', { timeout: 45_000 });
  await server.startAgain();
  await expect(state(screen), 'it recovers by itself').toHaveText('Live', { timeout: 45_000 });
  await expect(screen.locator('.wall__bar')).not.toHaveAttribute('data-tone', 'warning');

  await priya.goto('/walls');
  await ready(priya);
  await priya.getByRole('button', { name: 'Revoke Lobby' }).click();
  await expect(priya.getByText('No screen is connected.')).toBeVisible();
  await expect(screen.getByText('This screen is no longer connected: an administrator has revoked it.')).toBeVisible();
  await screen.goto('/jobs');
  await expect(screen.getByRole('heading', { level: 1, name: 'Sign in' })).toBeVisible();
});

test('A wrong code is refused beside its field', async ({ server, openBrowser }) => {
  const priya = await openBrowser();
  await setUp(priya, server);
  await priya.goto('/walls');
  await ready(priya);
  await priya.getByLabel('Code that the screen shows').fill('WDJB-MJHT');
  await priya.getByRole('button', { name: 'Continue' }).click();
  await expect(priya.getByRole('alert')).toContainText('not a code that a screen shows now');
  await expectNoFindings(priya);
  await priya.setViewportSize({ width: 390, height: 844 });
  await expectNoHorizontalScroll(priya);
});

test.describe('Without scripts', () => {
  test.use({ javaScriptEnabled: false });

  test('A screen is connected by plain forms', async ({ server, openBrowser }) => {
    const priya = await openBrowser();
    await priya.goto(/\/setup\?token=\S+/.exec(server.log)?.[0] ?? '');
    await priya.getByLabel('Name', { exact: true }).fill('Priya Nair');
    await priya.getByLabel('User name').fill('priya');
    await priya.getByLabel('Password').fill('correct horse battery');
    await priya.getByRole('button', { name: 'Create administrator and sign in' }).click();
    const screen = await openBrowser();
    await screen.goto('/wall');
    await screen.getByRole('button', { name: 'Show a code' }).click();
    const code = await screen.locator('.wall-code').textContent();
    await priya.goto('/walls');
    await priya.getByLabel('Code that the screen shows').fill((code ?? '').trim());
    await priya.getByRole('button', { name: 'Continue' }).click();
    await priya.getByLabel('Name of the screen').fill('Lobby');
    await priya.getByRole('button', { name: 'Allow', exact: true }).click();
    await expect(priya.getByRole('row').filter({ hasText: 'Lobby' })).toContainText('not connected yet');
    await screen.getByRole('button', { name: 'Go on' }).click();
    await expect(screen.getByRole('region', { name: 'Running now' })).toBeVisible();
    await priya.getByRole('button', { name: 'Revoke Lobby' }).click();
    await expect(priya.getByText('No screen is connected.')).toBeVisible();
  });
});
