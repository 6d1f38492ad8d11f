import { submitButton } from '../support/jobs.ts';
import { expect, invite, join, ready, setUp, test } from '../support/team.ts';

test('As a viewer I see everything, and which permission I would need', async ({ server, openBrowser }) => {
  const priya = await openBrowser();
  await setUp(priya, server);
  const link = await invite(priya, 'Ken Osei', 'ken', 'Viewer: sees jobs and devices');
  const ken = await openBrowser();
  await join(ken, link);

  await expect(ken.getByRole('button', { name: 'New job' })).toBeDisabled();
  await expect(ken.getByText('Needs job:create. Your role is Viewer.').first()).toBeVisible();
  await ken.goto('/jobs/new?method=lockDoor&target=one&device=door-0001');
  await ready(ken);
  await expect(submitButton(ken)).toBeDisabled();
  await expect(ken.getByText('Needs job:create. Your role is Viewer.')).toBeVisible();

  await ken.goto('/devices/door-0001');
  await ready(ken);
  await expect(ken.getByText('Needs device:invoke. Your role is Viewer.')).toBeVisible();
  await expect(ken.getByRole('button', { name: 'Invoke' })).toBeDisabled();
  // The forms are folded away.
  await expect(ken.getByText('Needs device:patch. Your role is Viewer.').first()).toBeAttached();

  await ken.goto('/simulator');
  await ready(ken);
  await expect(ken.getByText('Needs simulator:write. Your role is Viewer.')).toBeVisible();

  const refused = await ken.request.post('/api/v1/jobs', { data: {} });
  expect(refused.status(), 'the server refuses too').toBe(403);
  expect(await refused.text()).toContain('job:create');
});
