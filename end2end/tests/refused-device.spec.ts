import { readFile } from 'node:fs/promises';
import { expectNoFindings } from '../support/accessibility.ts';
import { expect, ready, test as base } from '../support/app.ts';
import { runDevice } from '../support/device-program.ts';
import { Server } from '../support/server.mjs';

const DEVICES = 29;
/** The pool leaves it, so that a program can be this device. */
const DEVICE = `door-00${DEVICES}`;

const test = base.extend<object, { server: Server }>({
  server: [
    async ({ simulatedDevices }, use) => {
      const flags = ['--mqtt-tls-listen', '127.0.0.1:0'];
      const server = await Server.start({ simulatedDevices, flags });
      await use(server);
      await server.remove();
    },
    { scope: 'worker', timeout: 90_000 },
  ],
});
test.use({ simulatedDevices: DEVICES });
test.setTimeout(180_000);

test('I connect a device with the program that its page shows, and see why a wrong key is refused', async ({ page, api }) => {
  await api.simulate({ count: 2 });
  await api.connected(2);
  await page.goto(`/devices/${DEVICE}`);
  await ready(page);
  const panel = page.getByRole('region', { name: 'Connect this device' });
  const connections = page.getByRole('region', { name: 'Connections' });
  await panel.getByLabel('The token ends after').selectOption('10 minutes');
  await panel.getByRole('button', { name: 'Make token and commands' }).click();
  await expect(panel).toContainText('It is shown only now and cannot be revoked.');
  const download = page.waitForEvent('download');
  await panel.getByRole('link', { name: 'Download hub-ca.pem' }).click();
  const authority = await readFile(await (await download).path(), 'utf8');
  expect(authority).toContain('BEGIN CERTIFICATE');
  await panel.getByText('Node.js', { exact: true }).click();
  const code = panel.getByRole('region', { name: 'Code for Node.js' });
  const program = (await code.textContent()) ?? '';
  await expectNoFindings(page);

  await test.step('the program connects and sends', async () => {
    const { code, output } = await runDevice(program, authority);
    expect(output).toContain('sent');
    expect(code).toBe(0);
    await expect(connections.getByRole('status')).toContainText('Disconnected: closed by the device.');
    await expect(connections.getByRole('listitem').filter({ hasText: 'Connected' }).first()).toBeVisible();
  });

  await test.step('a token of another key is refused, and the page says why', async () => {
    const signature = encodeURIComponent(Buffer.alloc(32).toString('base64'));
    const wrong = program.replace(/sig=[^&]+/, `sig=${signature}`);
    const { code } = await runDevice(wrong, authority);
    expect(code).not.toBe(0);
    await expect(connections.getByRole('status')).toContainText('Refused: wrong key. Sign the token with');
    await expect(connections.getByRole('listitem').first()).toContainText('Refused: Wrong key');
    await expectNoFindings(page);
  });

  await test.step('the list of devices leads there', async () => {
    await page.goto('/devices');
    await ready(page);
    const refused = page.getByRole('group', { name: 'Refused lately' });
    await refused.getByRole('link', { name: '1 device' }).click();
    await expect(page.getByRole('row').filter({ hasText: DEVICE })).toBeVisible();
    await expect(page.getByRole('row').filter({ hasText: 'door-0001' })).toHaveCount(0);
    await expect(refused.getByRole('link', { name: '1 device' })).toHaveAttribute('aria-current', 'true');
    await expect(page).toHaveURL(/\/devices\?refused=lately$/);
    await expect(page.getByRole('list', { name: 'Narrow by connection' }).getByText('1 disconnected')).toBeVisible();
  });

  await test.step('the filter goes with a query, and away by its own link', async () => {
    const refused = page.getByRole('group', { name: 'Refused lately' });
    const query = page.getByRole('textbox', { name: 'Device query' });
    await query.fill("deviceId = 'door-0001'");
    await query.press('Enter');
    await expect(page).toHaveURL(/refused=lately/);
    await expect(page.getByRole('heading', { name: 'No device matches this query.' })).toBeVisible();
    await refused.getByRole('link', { name: '1 device' }).click();
    await expect(page.getByRole('row').filter({ hasText: 'door-0001' })).toBeVisible();
    await expect(page).not.toHaveURL(/refused/);
  });

  await test.step('the token is not shown again', async () => {
    await page.goto(`/devices/${DEVICE}`);
    await ready(page);
    await expect(panel.getByRole('button', { name: 'Make token and commands' })).toBeEnabled();
    await expect(panel).not.toContainText('SharedAccessSignature');
  });
});
