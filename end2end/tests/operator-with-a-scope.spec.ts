import { expectNoFindings } from '../support/accessibility.ts';
import { expectJobPage, expectState, expectSubmit, jobIdInAddress, jobPageReady, submitButton } from '../support/jobs.ts';
import { expect, invite, join, ready, setUp, test } from '../support/team.ts';

// The browser logs what the server refuses.
test.use({ allowedProblems: /status of (404|422)/ });

const SCOPE = "deviceId = 'door-0001' OR deviceId = 'door-0002'";

test('As an operator with a scope I see what falls out, and no device outside of it', async ({
  server,
  openBrowser,
}) => {
  const priya = await openBrowser();
  await setUp(priya, server);
  const link = await invite(priya, 'Mara Lindqvist', 'mara', 'Operator: runs jobs, changes devices');
  const row = priya.getByRole('row').filter({ hasText: 'Mara Lindqvist' });
  await row.getByLabel('Scope of Mara Lindqvist', { exact: true }).click();
  const field = row.getByRole('textbox', { name: 'Scope of Mara Lindqvist' });
  await field.fill('floor = 3) OR (true');
  await field.blur();
  await expect(row.getByRole('alert')).toContainText('Column 10.');
  await field.fill(SCOPE);
  await field.blur();
  await expect(row.getByText('2 devices match now.')).toBeVisible();
  await expectNoFindings(priya);
  await row.getByRole('button', { name: 'Change scope of Mara Lindqvist' }).click();
  await expect(row.locator('summary code')).toHaveText(SCOPE);

  const mara = await openBrowser();
  await join(mara, link);
  await expect(mara.getByRole('contentinfo')).toContainText(/1\d of 12 connected/);
  await mara.goto('/jobs/new?method=lockDoor&target=query&query=tags.simulated%20%3D%20true');
  await ready(mara);
  const review = mara.getByRole('complementary', { name: 'Review' });
  await expect(review).toContainText(
    `Limited to your scope ${SCOPE}: 10 devices that match are outside and are left out.`,
  );
  await expectSubmit(mara, /lockDoor on 2 devices/);
  await submitButton(mara).click();
  const jobId = await jobIdInAddress(mara);
  await expectJobPage(mara, jobId);
  await jobPageReady(mara);
  await expect(mara.getByText(`limited to ${SCOPE}`)).toBeVisible();
  await expectState(mara, 'Succeeded', 2);

  await mara.goto('/devices/door-0003');
  await ready(mara);
  // As an id that there is not.
  await expect(mara.getByRole('heading', { name: 'No device door-0003' })).toBeVisible();
  await expect(mara.getByRole('link', { name: 'door-0002' })).toBeVisible();
  await expectNoFindings(mara);
  const refused = await mara.request.post('/api/v1/devices/door-0003/methods/lockDoor', { data: {} });
  expect(refused.status(), 'the server refuses too').toBe(404);

  await mara.goto('/devices/door-0002');
  await ready(mara);
  await mara.getByRole('textbox', { name: 'Method' }).fill('lockDoor');
  await mara.getByRole('button', { name: 'Invoke lockDoor' }).click();
  await expect(mara.locator('.invoke__answer')).toContainText('200');
});

test('A group is the scope of an operator', async ({ server, openBrowser }) => {
  const priya = await openBrowser();
  await setUp(priya, server);
  const data = { name: 'Pilot doors', queryCondition: SCOPE };
  expect((await priya.request.post('/api/v1/groups', { data })).status()).toBe(201);
  const link = await invite(priya, 'Mara Lindqvist', 'mara', 'Operator: runs jobs, changes devices');
  const row = priya.getByRole('row').filter({ hasText: 'Mara Lindqvist' });
  await row.getByLabel('Scope of Mara Lindqvist', { exact: true }).click();
  await row.getByRole('combobox', { name: 'Group that is the scope of Mara Lindqvist' }).selectOption({ label: 'The group Pilot doors, also when it changes' });
  await expectNoFindings(priya);
  await row.getByRole('button', { name: 'Change scope of Mara Lindqvist' }).click();
  await expect(row.getByText('Group Pilot doors', { exact: true })).toBeVisible();
  await priya.goto('/groups/pilot-doors');
  await ready(priya);
  await expect(priya.getByRole('region', { name: 'Used by' })).toContainText('1 scope');

  const mara = await openBrowser();
  await join(mara, link);
  await mara.goto('/devices');
  await ready(mara);
  await expect(mara.getByRole('main')).toContainText('door-0002');
  await expect(mara.getByRole('main')).not.toContainText('door-0003');
});
