import { type Page } from '@playwright/test';
import { expect, ready, test } from '../support/app.ts';

const sendForm = (page: Page) => page.getByRole('region', { name: 'Send a message' });
const sent = (page: Page) => page.getByRole('list', { name: 'Sent messages' }).getByRole('listitem');
const live = (page: Page) => page.getByRole('region', { name: 'Live telemetry' });
const received = (page: Page) => page.getByRole('list', { name: 'Live telemetry' }).getByRole('listitem');

async function send(page: Page, body: string): Promise<void> {
  await sendForm(page).getByLabel('Body').fill(body);
  await sendForm(page).getByRole('button', { name: 'Send message' }).click();
  await expect(sendForm(page).getByLabel('Body'), 'the form is empty again').toHaveValue('');
}

test.describe('Messages', () => {
  // The browser logs a refusal as a failed load.
  test.use({ allowedProblems: /status of 422/ });

  test('I send a message to a door, see that it was accepted, and watch what the door answers', async ({ page }) => {
    await page.goto('/devices/door-0001');
    await ready(page);
    await page.getByRole('main').getByRole('link', { name: 'Messages', exact: true }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Messages of door-0001' })).toBeVisible();

    await test.step('a property in upper case is refused beside its field', async () => {
      await sendForm(page).getByLabel('Body').fill('{"show": "first"}');
      await sendForm(page).getByLabel('Properties').fill('Site=43');
      await sendForm(page).getByRole('button', { name: 'Send message' }).click();
      await expect(sendForm(page).getByRole('alert')).toContainText('lower-case');
      await sendForm(page).getByLabel('Properties').fill('site=43');
    });

    await send(page, '{"show": "first"}');
    await expect(sent(page).first()).toContainText('Accepted');
    await expect(sent(page).first()).toContainText('site=43');
    await expect(received(page).filter({ hasText: '"first"' })).toHaveCount(1);

    await test.step('a pause holds new messages back', async () => {
      await live(page).getByRole('button', { name: 'Pause' }).click();
      await send(page, 'second');
      await expect(live(page).getByRole('status')).toContainText('Paused, 1 new');
      await expect(received(page).filter({ hasText: 'second' })).toHaveCount(0);
      await live(page).getByRole('button', { name: 'Resume' }).click();
      await expect(received(page).first()).toContainText('second');
    });

    await test.step('a filter leaves what has its words', async () => {
      const filter = live(page).getByLabel('Filter messages');
      await filter.fill('kind=answer first');
      await expect(received(page)).toHaveCount(1);
      await expect(received(page)).toContainText('"first"');
      await filter.fill('kind=alarm');
      await expect(live(page).getByRole('status')).toContainText('0 messages match');
      await filter.fill('');
    });

    await page.reload();
    await ready(page);
    await expect(sent(page)).toHaveCount(2);
    await expect(received(page).filter({ hasText: 'second' }), 'the hub keeps the last messages').toHaveCount(1);
  });

  test('A message waits for a door that is away', async ({ page, api }) => {
    await api.simulate({ offlineShare: 1 });
    await api.connected(0);
    await page.goto('/devices/door-0002/messages');
    await ready(page);
    await send(page, 'later');
    await expect(sent(page).first()).toContainText('Waiting for the device');
    await api.removeFaults();
    await expect(sent(page).first()).toContainText('Accepted');
  });

  test('I watch a group, and compare two of its doors', async ({ page, api, server }) => {
    await api.createGroup({ name: 'Watched', queryCondition: "deviceId IN ['door-0001', 'door-0003']" });
    await page.goto('/groups/watched');
    await ready(page);
    await page.getByRole('main').getByRole('link', { name: 'Telemetry' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Telemetry of Watched' })).toBeVisible();
    for (const device of ['door-0002', 'door-0003']) {
      const answer = await fetch(`${server.url}/api/v1/devices/${device}/messages`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ body: `for the group, ${device}` }),
      });
      expect(answer.status).toBe(201);
    }
    await expect(received(page).filter({ hasText: 'for the group' })).toHaveCount(1);
    await expect(received(page).filter({ hasText: 'for the group' })).toContainText('door-0003');

    await page.goto('/devices');
    await ready(page);
    for (const device of ['door-0001', 'door-0003']) await page.getByRole('checkbox', { name: `Select ${device}` }).check();
    await page.getByRole('region', { name: 'Selection' }).getByRole('link', { name: 'Compare twins' }).click();
    await expect(page).toHaveURL(/left=door-0001&right=door-0003/);
    await expect(page.getByRole('table', { name: 'Two twins side by side' })).toBeVisible();
    await page.getByLabel('Right device').fill('door-0001');
    await page.getByRole('button', { name: 'Compare', exact: true }).click();
    await expect(page.getByText('No differences: all tags and properties are the same.')).toBeVisible();
    await page.getByLabel('Right device').fill('dor-0003');
    await page.getByRole('button', { name: 'Compare', exact: true }).click();
    await expect(page.getByRole('alert')).toContainText('No device dor-0003');
  });
});
