// A console at which people sign in at a real provider, see `openid-provider.mjs`.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Page } from '@playwright/test';
import { Server } from './server.mjs';
import { test as base } from './team.ts';

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

/** The stories of a team, on a console that knows a provider. */
export const test = base.extend({
  server: [
    async ({}, use) => {
      const provider = await OpenIdProvider.start();
      const flags = [
        '--sign-in',
        ...['--oidc-issuer', provider.issuer],
        ...['--oidc-client-id', 'fleetcast'],
        ...['--oidc-client-secret', 'a secret of the test'],
        ...['--oidc-name', 'Campus'],
      ];
      const server = await Server.start({ simulatedDevices: 3, flags });
      await provider.serve(server.url);
      await use(server);
      await server.remove();
      await provider.stop();
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
