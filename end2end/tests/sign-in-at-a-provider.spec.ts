import { expectNoFindings } from '../support/accessibility.ts';
import { signInAtGlewlwyd, signInAtProvider, test, testAtGlewlwyd } from '../support/openid.ts';
import { expect, ready, setUp } from '../support/team.ts';

// The browser logs the page that refuses a person without a role, and what a provider does not have: a favicon, texts in
// British English, a session before the sign-in.
test.use({ allowedProblems: /status of 40[134]/ });

test('I sign in at the provider of my company, with the role that I have there, and sign out of both', async ({
  server,
  openBrowser,
}) => {
  const priya = await openBrowser();
  await setUp(priya, server);

  const mara = await openBrowser();
  await mara.goto('/devices');
  await expect(mara.getByRole('heading', { level: 1, name: 'Sign in' })).toBeVisible();
  await expectNoFindings(mara);
  await signInAtProvider(mara, 'operator-mara');
  await expect(mara.getByRole('heading', { level: 1, name: 'Devices' }), 'sign-in leads on').toBeVisible();
  await ready(mara);
  await mara.getByLabel('Account of Name of operator-mara').click();
  await expect(mara.getByRole('banner').getByRole('listitem').filter({ hasText: 'operator-mara' })).toContainText('Operator');

  await priya.reload();
  const row = priya.getByRole('table', { name: 'People' }).getByRole('row').filter({ hasText: 'operator-mara' });
  await expect(row).toContainText('signs in at 127.0.0.1');
  await expect(row.getByLabel('Role of Name of operator-mara', { exact: true })).toBeDisabled();

  await mara.getByRole('button', { name: 'Sign out' }).click();
  await mara.getByRole('button', { name: 'Yes, sign me out' }).click();
  await expect(mara.getByRole('heading', { level: 1, name: 'Sign in' })).toBeVisible();
  await mara.getByRole('link', { name: 'Sign in with Campus' }).click();
  await expect(mara.getByPlaceholder('Enter any login'), 'the provider asks again').toBeVisible();
});

test('Without a role at the provider I see which claim is missing', async ({ openBrowser }) => {
  const ken = await openBrowser();
  await ken.goto('/sign-in');
  await signInAtProvider(ken, 'ken');
  await expect(ken.getByRole('heading', { level: 1, name: 'You have no role here' })).toBeVisible();
  await expect(ken.getByRole('alert')).toContainText('the claim `roles` is there, but none of its values is a role here');
  await expectNoFindings(ken);
  await ken.getByRole('link', { name: 'Sign in' }).click();
  await expect(ken.getByRole('heading', { level: 1, name: 'Sign in' })).toBeVisible();
});

testAtGlewlwyd('I sign in at another provider, which has no sign-out, and sign out of the console', async ({
  openBrowser,
  person,
}) => {
  const page = await openBrowser();
  await page.goto('/devices');
  await signInAtGlewlwyd(page, person);
  await expect(page.getByRole('heading', { level: 1, name: 'Devices' }), 'sign-in leads on').toBeVisible();
  await ready(page);
  await page.getByLabel(`Account of ${person.name}`).click();
  await expect(page.getByRole('banner').getByRole('listitem').filter({ hasText: person.userName })).toContainText('Approver');

  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Sign in' })).toBeVisible();
  await page.goto('/devices');
  await expect(page.getByRole('heading', { level: 1, name: 'Sign in' }), 'the session has ended').toBeVisible();
});
