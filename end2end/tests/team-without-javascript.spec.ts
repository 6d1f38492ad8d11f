import { expect, PASSWORD, setupLink, signIn, test } from '../support/team.ts';

test.use({ javaScriptEnabled: false });

test('Set-up, invitation, change of role and sign-out work without JavaScript', async ({ server, openBrowser }) => {
  const page = await openBrowser();
  await page.goto(setupLink(server));
  await page.getByLabel('Name', { exact: true }).fill('Priya Nair');
  await page.getByLabel('User name').fill('priya');
  await page.getByLabel('Password').fill('short');
  await page.getByRole('button', { name: 'Create administrator and sign in' }).click();
  await expect(page.getByRole('alert')).toContainText('at least 12');
  await expect(page.getByLabel('User name')).toHaveValue('priya');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Create administrator and sign in' }).click();

  await page.getByLabel('Name', { exact: true }).fill('Ken Osei');
  await page.getByLabel('User name').fill('ken');
  await page.getByRole('button', { name: 'Invite', exact: true }).click();
  const notice = page.getByRole('status').filter({ hasText: 'Link for Ken Osei is made.' });
  const link = await notice.locator('code').textContent();
  const row = page.getByRole('row').filter({ hasText: 'Ken Osei' });
  await row.getByLabel('Role of Ken Osei', { exact: true }).selectOption('viewer');
  await row.getByRole('button', { name: 'Change role of Ken Osei' }).click();
  await expect(row.getByLabel('Role of Ken Osei', { exact: true })).toHaveValue('viewer');

  await page.getByLabel('Account of Priya Nair').click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Sign in' })).toBeVisible();
  await page.goto(link ?? '');
  await expect(page.getByText('you are Viewer')).toBeVisible();
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Set password and sign in' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible();

  await page.getByLabel('Account of Ken Osei').click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await signIn(page, 'ken', 'wrong wrong wrong');
  await expect(page.getByRole('alert')).toContainText('do not match');
  await signIn(page, 'ken');
  await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible();
});
