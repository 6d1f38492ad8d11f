import { expect, invite, join, PASSWORD, ready, setUp, SIGNED_OUT, test } from '../support/team.ts';

test.use({ allowedProblems: SIGNED_OUT });

test('My session is revoked while I fill in a form: I sign in, and nothing is lost or sent', async ({ server, openBrowser }) => {
  const priya = await openBrowser();
  await setUp(priya, server);
  const link = await invite(priya, 'Mara Lindqvist', 'mara', 'Operator: runs jobs, changes devices');
  const mara = await openBrowser();
  await join(mara, link);
  await mara.goto('/jobs/new');
  await ready(mara);
  await mara.getByLabel('Method name').fill('lockDoor');
  await mara.getByLabel('Reason').fill('Evening lock-up');

  await priya.reload();
  await ready(priya);
  await priya.getByRole('button', { name: /^Revoke the session of Mara Lindqvist/ }).click();
  await expect(priya.getByRole('button', { name: /^Revoke the session of Mara Lindqvist/ })).toBeHidden();

  const dialog = mara.getByRole('dialog', { name: 'Sign in to go on' });
  await expect(dialog).toBeVisible();
  await dialog.getByRole('button', { name: 'Not now' }).click();
  await expect(mara.getByText('You are signed out.')).toBeVisible();
  await expect(mara.getByLabel('Method name'), 'the page stays').toHaveValue('lockDoor');
  await mara.getByRole('button', { name: 'Sign in', exact: true }).click();
  await dialog.getByLabel('Password of mara').fill('wrong wrong wrong');
  await dialog.getByRole('button', { name: 'Sign in and go on' }).click();
  await expect(dialog.getByRole('alert')).toContainText('do not match');
  await dialog.getByLabel('Password of mara').fill(PASSWORD);
  await dialog.getByRole('button', { name: 'Sign in and go on' }).click();
  await expect(dialog).toBeHidden();
  await expect(mara.getByText('You are signed out.')).toBeHidden();
  await expect(mara.getByLabel('Method name')).toHaveValue('lockDoor');
  await expect(mara.getByLabel('Reason')).toHaveValue('Evening lock-up');
  const jobs = (await (await mara.request.get('/api/v1/jobs')).json()) as { items: unknown[] };
  expect(jobs.items, 'nothing was sent').toEqual([]);
});
