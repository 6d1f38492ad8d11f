import { createHmac } from 'node:crypto';
import { createServer } from 'node:net';
import { expectNoFindings } from '../support/accessibility.ts';
import { expect, ready, test as base } from '../support/app.ts';
import { Server } from '../support/server.mjs';

const DEVICES = 33;
const MODULE = 'lock-controller';

interface WorkerFixtures {
  hubAddress: string;
  server: Server;
}

const test = base.extend<object, WorkerFixtures>({
  hubAddress: [async ({}, use) => use(`127.0.0.1:${await freePort()}`), { scope: 'worker' }],
  server: [
    async ({ simulatedDevices, hubAddress }, use) => {
      const server = await Server.start({ simulatedDevices, flags: ['--hub-listen', hubAddress] });
      await use(server);
      await server.remove();
    },
    { scope: 'worker', timeout: 90_000 },
  ],
});
test.use({ simulatedDevices: DEVICES });

/** The server prints no port of its hub. */
async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((listening) => probe.listen(0, '127.0.0.1', listening));
  const address = probe.address();
  await new Promise((closed) => probe.close(closed));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Registers a module at the hub itself: the console only reads them. */
async function register(server: Server, hubAddress: string, deviceId: string, moduleId: string): Promise<void> {
  const [, host = '', policy = '', key = ''] =
    /HostName=([^;]+);SharedAccessKeyName=([^;]+);SharedAccessKey=(.+)/.exec(await server.connectionString()) ?? [];
  const expiry = Math.floor(Date.now() / 1000) + 600;
  const text = `${encodeURIComponent(host)}\n${expiry}`;
  const signature = createHmac('sha256', Buffer.from(key, 'base64')).update(text).digest('base64');
  const token = `SharedAccessSignature sr=${encodeURIComponent(host)}&sig=${encodeURIComponent(signature)}&se=${expiry}&skn=${policy}`;
  const answer = await fetch(`http://${hubAddress}/devices/${deviceId}/modules/${moduleId}?api-version=2021-04-12`, {
    method: 'PUT',
    headers: { authorization: token, 'content-type': 'application/json' },
    body: JSON.stringify({ deviceId, moduleId, managedBy: 'IotEdge' }),
  });
  expect(answer.status).toBe(200);
}

// The module is not connected when it is called.
test.use({ allowedProblems: /status of 409/ });

test('I change the twin of a module and call it', async ({ page, server, hubAddress }) => {
  await register(server, hubAddress, 'door-0001', MODULE);
  await page.goto('/devices/door-0001');
  await ready(page);
  const modules = page.getByRole('region', { name: 'Modules' });
  await expect(modules).toContainText('managed by IotEdge');
  await modules.getByRole('link', { name: MODULE }).click();
  await expect(page.getByRole('heading', { level: 1, name: MODULE })).toBeVisible();
  await ready(page);

  const patch = page.getByRole('textbox', { name: 'JSON to merge' });
  await patch.fill('{"mode": "night"}');
  await page.getByRole('button', { name: 'Patch module' }).click();
  await expect(page.getByRole('row', { name: /mode/ })).toContainText('"night"');
  await expect(patch).toHaveValue('');

  await page.getByRole('textbox', { name: 'Method' }).fill('open');
  await page.getByRole('button', { name: 'Invoke' }).click();
  await expect(page.getByRole('region', { name: 'Invoke a direct method' })).toContainText(/not online/i);
  await expect(page.getByRole('region', { name: 'Connections' })).toContainText('Never connected.');
  await expectNoFindings(page);
});
