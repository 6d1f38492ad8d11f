// A console at which people sign in at a real provider, see `openid-provider.mjs` and `glewlwyd.mjs`.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Page } from '@playwright/test';
import { Glewlwyd, type Person, SCOPE_LABEL } from './glewlwyd.mjs';
import { Server } from './server.mjs';
import { expect, test as base } from './team.ts';

class OpenIdProvider {
  readonly issuer: string;
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  private constructor(child: ChildProcess, lines: AsyncIterator<string>, issuer: string) {
    this.#child = child;
    this.#lines = lines;
    this.issuer = issuer;
  }

  static async start(): Promise<OpenIdProvider> {
    const program = join(import.meta.dirname, 'openid-provider.mjs');
    const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const issuer = await lineAfter(lines, 'provider listening on ');
    return new OpenIdProvider(child, lines, issuer);
  }

  /** Tells it where the console is. */
  async serve(consoleUrl: string): Promise<void> {
    this.#child.stdin?.write(`${consoleUrl}\n`);
    await lineAfter(this.#lines, 'provider ready');
  }

  async stop(): Promise<void> {
    const gone = once(this.#child, 'exit');
    this.#child.kill();
    await gone;
  }
}

async function lineAfter(lines: AsyncIterator<string>, start: string): Promise<string> {
  for (;;) {
    const { done, value } = await lines.next();
    if (done === true) throw new Error(`the provider ended before it wrote "${start}"`);
    if (value.startsWith(start)) return value.slice(start.length);
  }
}

const CLIENT_ID = 'fleetcast';

/** A console that knows the provider as "Campus". */
function startServer(issuer: string, clientSecret: string): Promise<Server> {
  const flags = [
    '--sign-in',
    ...['--oidc-issuer', issuer],
    ...['--oidc-client-id', CLIENT_ID],
    ...['--oidc-client-secret', clientSecret],
    ...['--oidc-name', 'Campus'],
  ];
  return Server.start({ simulatedDevices: 3, flags });
}

/** The stories of a team, on a console that knows a provider. */
export const test = base.extend({
  server: [
    async ({}, use) => {
      const provider = await OpenIdProvider.start();
      const server = await startServer(provider.issuer, 'a secret of the test');
      await provider.serve(server.url);
      await use(server);
      await server.remove();
      await provider.stop();
    },
    { timeout: 90_000, scope: 'test' },
  ],
});

/** The same with a provider by other authors, and a person there. */
export const testAtGlewlwyd = base.extend<{ glewlwyd: Glewlwyd; person: Person }>({
  person: { userName: 'tomas', name: 'Tomas Lind', password: 'a password of the test', role: 'approver' },

  glewlwyd: [
    async ({}, use, story) => {
      story.skip(!Glewlwyd.isInstalled(), 'Glewlwyd is not installed: make glewlwyd');
      const glewlwyd = await Glewlwyd.start();
      await use(glewlwyd);
      await glewlwyd.remove();
    },
    { timeout: 60_000 },
  ],

  server: [
    async ({ glewlwyd, person }, use) => {
      // Without spaces: the console encodes them, as RFC 6749 (2.3.1) demands, and Glewlwyd does not decode them.
      const secret = 'secret-of-the-test';
      const server = await startServer(glewlwyd.issuer, secret);
      await glewlwyd.addClient({ id: CLIENT_ID, secret, url: server.url });
      await glewlwyd.addPerson(person);
      await use(server);
      await server.remove();
    },
    { timeout: 90_000, scope: 'test' },
  ],
});

/** Signs in on the provider's own pages, and agrees that the console learns who it is. */
export async function signInAtProvider(page: Page, userName: string): Promise<void> {
  // The provider's pages want a font from a site that is not reached here.
  await page.context().route('https://fonts.googleapis.com/**', (route) => route.fulfill({ contentType: 'text/css' }));
  await page.getByRole('link', { name: 'Sign in with Campus' }).click();
  await page.getByPlaceholder('Enter any login').fill(userName);
  await page.getByPlaceholder('and password').fill('any');
  await page.getByRole('button', { name: 'Sign-in' }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
}

/** The same at Glewlwyd, whose page asks once which scopes the console gets. */
export async function signInAtGlewlwyd(page: Page, { userName, password }: Person): Promise<void> {
  await page.getByRole('link', { name: 'Sign in with Campus' }).click();
  await page.getByLabel('Login').fill(userName);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'OK', exact: true }).click();
  await page.getByRole('checkbox', { name: SCOPE_LABEL }).check();
  await page.getByRole('button', { name: 'Grant access' }).click();
  await expect(page.getByRole('heading', { name: 'Connection to Fleetcast' }), 'access is granted').toBeVisible();
  await page.getByRole('button', { name: 'Continue' }).click();
}
