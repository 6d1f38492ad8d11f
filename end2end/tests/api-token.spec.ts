import type { Page } from '@playwright/test';
import { expectNoFindings } from '../support/accessibility.ts';
import { expectNoHorizontalScroll } from '../support/overflow.ts';
import { expect, ready, setUp, test } from '../support/team.ts';

// The browser logs a form that is refused.
test.use({ allowedProblems: /status of 422/ });

test('I make a token, see it once, use it by request and revoke it', async ({ server, openBrowser, playwright }) => {
  const page = await openBrowser();
  await setUp(page, server);
  await page.getByLabel('Account of Priya Nair').click();
  await page.getByRole('link', { name: 'Your account' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Your account' })).toBeVisible();
  await page.getByLabel('Token name').fill('ci-deploy');
  await page.getByLabel('Role of the token').selectOption('viewer');
  await page.getByRole('button', { name: 'Make token' }).click();
  const notice = page.getByRole('status').filter({ hasText: 'Token ci-deploy is made.' });
  const token = (await notice.locator('code').textContent()) ?? '';
  expect(token).toMatch(/^fct_[0-9A-Za-z]{49}$/);

  const program = await playwright.request.newContext({
    baseURL: server.url,
    extraHTTPHeaders: { authorization: `Bearer ${token}` },
  });
  const status = async (path: string): Promise<number> => (await program.get(path)).status();
  expect(await status('/api/v1/jobs')).toBe(200);
  const refused = await program.post('/api/v1/jobs', { data: {} });
  expect(refused.status(), 'a viewer’s token runs nothing').toBe(403);

  await checkAppearance(page);
  await page.reload();
  await ready(page);
  const row = page.getByRole('row').filter({ hasText: 'ci-deploy' });
  await expect(row).toContainText('Viewer');
  await expect(page.getByText(token), 'it is shown once').toHaveCount(0);
  await row.getByRole('button', { name: 'Revoke the token ci-deploy of Priya Nair' }).click();
  await expect(row).toHaveCount(0);
  expect(await status('/api/v1/jobs'), 'it is worth nothing now').toBe(401);
  await program.dispose();
});

test('A command line shows a code, I allow it, and it gets a token', async ({ server, openBrowser, playwright }) => {
  const page = await openBrowser();
  await setUp(page, server);
  const program = await playwright.request.newContext({ baseURL: server.url });
  const asked = await program.post('/api/device-authorization', {
    form: { client_id: 'fleetcast', machine: 'build-7' },
  });
  const codes = (await asked.json()) as { device_code: string; user_code: string };

  await page.goto('/activate');
  await ready(page);
  await page.getByLabel('Code that the command line shows').fill('BCDF-GHJK');
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page.getByRole('alert')).toContainText('not a code that a command line shows now');
  await page.getByLabel('Code that the command line shows').fill(codes.user_code.toLowerCase());
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page.getByText('A command line on build-7')).toBeVisible();
  await checkAppearance(page);
  await page.getByLabel('Role of its token').selectOption('operator');
  await page.getByRole('button', { name: 'Allow' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'build-7 is signed in with the role Operator' })).toBeVisible();

  const granted = await program.post('/api/token', {
    form: {
      client_id: 'fleetcast',
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      device_code: codes.device_code,
    },
  });
  const { access_token: token } = (await granted.json()) as { access_token: string };
  const me = await program.get('/api/v1/me', { headers: { authorization: `Bearer ${token}` } });
  expect(await me.json()).toMatchObject({ person: { userName: 'priya', role: 'operator' } });
  await program.dispose();
});

test('I give a program an account and a token of its own', async ({ server, openBrowser, playwright }) => {
  const page = await openBrowser();
  await setUp(page, server);
  await page.getByLabel('Service account', { exact: true }).fill('Deployment');
  await page.getByLabel('Unique short name').fill('deploy');
  await page.getByLabel('Highest role of its tokens').selectOption('operator');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(page.getByRole('row').filter({ hasText: 'Deployment' })).toBeVisible();
  await page.getByLabel('For', { exact: true }).selectOption({ label: 'Deployment' });
  await page.getByLabel('Token name').fill('release');
  await page.getByLabel('Role of the token').selectOption('administrator');
  await page.getByRole('button', { name: 'Make token' }).click();
  await expect(page.getByRole('alert')).toContainText('more than its owner may do');
  await page.getByLabel('Role of the token').selectOption('operator');
  await page.getByRole('button', { name: 'Make token' }).click();
  const notice = page.getByRole('status').filter({ hasText: 'Token release is made.' });
  const token = (await notice.locator('code').textContent()) ?? '';
  const me = await playwright.request.newContext({ baseURL: server.url });
  const answer = await me.get('/api/v1/me', { headers: { authorization: `Bearer ${token}` } });
  expect(await answer.json()).toMatchObject({ person: { userName: 'deploy', role: 'operator' } });
  await me.dispose();
  await checkAppearance(page);
});

/** At every width, and for accessibility. */
async function checkAppearance(page: Page): Promise<void> {
  for (const width of [1440, 1088, 768, 390]) {
    await page.setViewportSize({ width, height: 900 });
    await test.step(`${width} px`, () => expectNoHorizontalScroll(page));
  }
  await expectNoFindings(page);
  await page.setViewportSize({ width: 1440, height: 900 });
}
