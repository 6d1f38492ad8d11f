import type { Page } from '@playwright/test';
import { Server } from '../support/server.mjs';
import { expect, ready, setUp, test as team } from '../support/team.ts';
import { isSignedWith, Receiver } from '../support/webhook-receiver.ts';

const DEVICES = 3;

const test = team.extend<{ receiver: Receiver }>({
  server: [
    async ({}, use) => {
      const flags = ['--sign-in', '--webhooks-to-private-addresses'];
      const server = await Server.start({ simulatedDevices: DEVICES, flags });
      await use(server);
      await server.remove();
    },
    { scope: 'test', timeout: 90_000 },
  ],

  receiver: async ({}, use) => {
    const receiver = await Receiver.start();
    await use(receiver);
    receiver.stop();
  },
});

/** Sends the form for a new webhook. */
async function submit(page: Page, name: string, url: string): Promise<void> {
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('URL', { exact: true }).fill(url);
  await page.getByRole('button', { name: 'Create webhook' }).click();
}

/** Creates a webhook on its page; returns the secret that is shown. */
async function create(page: Page, name: string, url: string): Promise<string> {
  await submit(page, name, url);
  const notice = page.getByRole('status').filter({ hasText: `Signing secret of ${name} is made.` });
  return (await notice.locator('code').textContent()) ?? '';
}

function message(page: Page, text: string) {
  return page.getByRole('table', { name: 'Messages' }).getByRole('row').filter({ hasText: text });
}

// The browser logs a form that was refused.
test.use({ allowedProblems: /status of 422/ });

test('An administrator sends messages about jobs to another system and sees what became of them', async ({
  openBrowser,
  receiver,
  server,
}) => {
  const page = await openBrowser();
  await setUp(page, server);
  await page.getByLabel('Account of Priya Nair').click();
  await page.getByRole('link', { name: 'Webhooks' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Webhooks' })).toBeVisible();

  await submit(page, 'On call', 'https://user@example.com/');
  await expect(page.getByRole('alert')).toContainText('user name');
  const secret = await create(page, 'On call', receiver.url);
  expect(secret).toMatch(/^whsec_/);
  const row = page.getByRole('table', { name: 'Receivers' }).getByRole('row').filter({ hasText: 'On call' });
  await expect(row).toContainText('Active');
  await expect(row, 'the path may be a secret').not.toContainText('s3cr3t-path');

  await page.getByRole('button', { name: 'Send a test to On call' }).click();
  await expect(message(page, 'webhook.test')).toContainText('Delivered');
  await expect(message(page, 'webhook.test')).toContainText('200 after');
  expect(isSignedWith(receiver.messages[0]!, secret)).toBe(true);

  receiver.status = 404;
  await page.getByRole('button', { name: 'Send webhook.test to On call again' }).click();
  await expect(message(page, 'webhook.test')).toContainText('The receiver answered 404 Not Found.');
  await expect(message(page, 'webhook.test')).toContainText('Will be sent again');
  receiver.status = 200;
  await expect(message(page, 'webhook.test')).toContainText('Delivered', { timeout: 30_000 });
  const ids = receiver.messages.map(({ headers }) => headers['webhook-id']);
  expect(new Set(ids).size, 'a message keeps its id').toBe(1);

  const job = { jobId: 'night', type: 'scheduleUpdateTwin', queryCondition: '*', updateTwin: { tags: { a: 1 } } };
  expect((await page.request.post('/api/v1/jobs', { data: job })).status()).toBe(201);
  await expect.poll(() => receiver.messages.map(({ body }) => JSON.parse(body).type)).toContain('job.finished');
  await page.reload();
  await ready(page);
  await expect(page.getByText('Signing secret of'), 'a secret is shown once').toBeHidden();
  await expect(message(page, 'job.finished')).toContainText('Delivered');
  await message(page, 'job.finished').getByRole('link', { name: 'night' }).click();
  await expect(page).toHaveURL(/\/jobs\/night$/);
});

test('A webhook says no to the next wave, and I read why', async ({ openBrowser, receiver, server }) => {
  const page = await openBrowser();
  await setUp(page, server);
  await page.goto('/webhooks');
  await ready(page);
  const asks = page.getByLabel(/rollout\.gate/);
  await expect(asks, 'a receiver has to be able to answer').not.toBeChecked();
  await asks.check();
  await create(page, 'Checks', receiver.url);
  receiver.answer = JSON.stringify({ continue: false, reason: '5 crashes' });
  const rollout = { waves: [{ size: { devices: 1 }, gate: { then: 'askWebhook' } }] };
  const twin = { type: 'scheduleUpdateTwin', queryCondition: '*', updateTwin: { tags: { a: 1 } } };
  expect((await page.request.post('/api/v1/jobs', { data: { jobId: 'waves', ...twin, rollout } })).status()).toBe(201);
  await page.goto('/jobs/waves');
  await expect(page.getByRole('region', { name: 'What happened' })).toContainText(
    'A webhook refused to continue after wave 1: “Checks: 5 crashes”',
  );
  await expect(page.getByRole('region', { name: 'History' })).toContainText('of wave 1 asked webhooks');
  await page.goto('/webhooks');
  await expect(message(page, 'rollout.gate')).toContainText('Delivered');
  await expect(message(page, 'rollout.gate').getByRole('button')).toHaveCount(0);
});

test.describe('Without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('webhooks are created, tried out, paused and deleted', async ({ openBrowser, receiver, server }) => {
    const page = await openBrowser();
    await page.goto(/\/setup\?token=\S+/.exec(server.log)?.[0] ?? '');
    await page.getByLabel('Name', { exact: true }).fill('Priya Nair');
    await page.getByLabel('User name').fill('priya');
    await page.getByLabel('Password').fill('correct horse battery');
    await page.getByRole('button', { name: 'Create administrator and sign in' }).click();
    await page.goto('/webhooks');
    const secret = await create(page, 'On call', receiver.url);
    await page.getByRole('button', { name: 'Send a test to On call' }).click();
    await expect.poll(() => receiver.messages.length).toBe(1);
    expect(isSignedWith(receiver.messages[0]!, secret)).toBe(true);

    await page.getByLabel('More about On call').click();
    await page.getByRole('button', { name: 'Pause On call' }).click();
    const row = page.getByRole('table', { name: 'Receivers' }).getByRole('row').filter({ hasText: 'On call' });
    await expect(row).toContainText('Paused');
    await page.getByLabel('More about On call').click();
    await page.getByRole('button', { name: 'Make a new signing secret' }).click();
    const notice = page.getByRole('status').filter({ hasText: 'Signing secret of On call is made.' });
    expect(await notice.locator('code').textContent()).not.toBe(secret);
    await page.getByLabel('More about On call').click();
    await page.getByRole('button', { name: 'Delete On call and its log' }).click();
    await expect(page.getByText('There is no webhook yet.')).toBeVisible();
  });
});
