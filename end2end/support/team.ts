// A server on which people sign in, and browsers of people.

import { type BrowserContext, expect, type Page, test as base } from '@playwright/test';
import { ready, watch } from './app.ts';
import { Server } from './server.mjs';

export const PASSWORD = 'correct horse battery';
const DEVICES = 12;

/** The browser logs a request that was refused, and the page's stream that was closed with its session. */
const SIGNED_OUT = /status of 401|Failed to load resource|EventSource/;

interface TeamFixtures {
  /** A server of the story's own, with nobody in its team. */
  server: Server;
  /** Further flags of the server, with spaces between. */
  flags: string;
  /** Opens a browser with cookies of its own. */
  openBrowser: () => Promise<Page>;
  /** Browsers of people whose session ends in the story log it. */
  allowedProblems: RegExp | undefined;
}

export const test = base.extend<TeamFixtures>({
  server: [
    async ({ flags }, use) => {
      const more = flags.split(' ').filter((flag) => flag !== '');
      const server = await Server.start({ simulatedDevices: DEVICES, flags: ['--sign-in', ...more] });
      await use(server);
      await server.remove();
    },
    { timeout: 90_000 },
  ],

  flags: ['', { option: true }],

  allowedProblems: [undefined, { option: true }],

  openBrowser: async ({ browser, server, javaScriptEnabled, allowedProblems }, use) => {
    const contexts: BrowserContext[] = [];
    const problems: string[][] = [];
    await use(async () => {
      const context = await browser.newContext({ baseURL: server.url, reducedMotion: 'reduce', javaScriptEnabled });
      contexts.push(context);
      problems.push(watch(context));
      return context.newPage();
    });
    for (const context of contexts) await context.close();
    expect(
      problems.flat().filter((problem) => !allowedProblems?.test(problem)),
      'problems of the pages',
    ).toEqual([]);
  },
});

export { expect, ready, SIGNED_OUT };

/** The link that the server has printed. */
export function setupLink(server: Server): string {
  const link = /\/setup\?token=\S+/.exec(server.log)?.[0];
  if (link === undefined) throw new Error(`no link in the log:\n${server.log}`);
  return link;
}

/** Creates the first administrator, who is then on the team's page. */
export async function setUp(page: Page, server: Server): Promise<void> {
  await page.goto(setupLink(server));
  await page.getByLabel('Name', { exact: true }).fill('Priya Nair');
  await page.getByLabel('User name').fill('priya');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Create administrator and sign in' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Team' })).toBeVisible();
  await ready(page);
}

/** Invites a person; returns the link that is shown. */
export async function invite(page: Page, name: string, userName: string, role: string): Promise<string> {
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('User name').fill(userName);
  await page.getByLabel('Role', { exact: true }).selectOption({ label: role });
  await page.getByRole('button', { name: 'Invite', exact: true }).click();
  const notice = page.getByRole('status').filter({ hasText: `Link for ${name} is made.` });
  const link = await notice.locator('code').textContent();
  return new URL(link ?? '', page.url()).href;
}

/** Chooses a password by a link, and is then on the jobs page. */
export async function join(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Set password and sign in' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible();
  await ready(page);
}

export async function signIn(page: Page, userName: string, password = PASSWORD): Promise<void> {
  await page.getByLabel('User name').fill(userName);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}
