import { expectNoFindings } from '../support/accessibility.ts';
import { jobIdInAddress, submitButton } from '../support/jobs.ts';
import { expectNoHorizontalScroll } from '../support/overflow.ts';
import { expect, invite, join, ready, setUp, setupLink, test } from '../support/team.ts';

// The browser logs a link that does not work.
test.use({ allowedProblems: /status of 410/ });

test('I invite an operator, who runs a job, and I see who ran it', async ({ server, openBrowser }) => {
  const priya = await openBrowser();
  await setUp(priya, server);
  const link = await invite(priya, 'Mara Lindqvist', 'mara', 'Operator: runs jobs, changes devices');
  await expect(priya.getByRole('row').filter({ hasText: 'Mara Lindqvist' })).toContainText('Invited');

  const mara = await openBrowser();
  await join(mara, link);
  await expect(mara.getByRole('contentinfo')).toContainText(/1\d of 12 connected/);
  await mara.goto('/jobs/new?method=lockDoor&target=one&device=door-0001');
  await ready(mara);
  await submitButton(mara).click();
  const jobId = await jobIdInAddress(mara);
  await expect(mara.getByText('by Mara Lindqvist from a console page')).toBeVisible();

  await priya.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Jobs' }).click();
  await expect(priya.getByRole('row').filter({ hasText: jobId })).toContainText('Mara Lindqvist');
  await priya.getByRole('row').filter({ hasText: jobId }).getByRole('link').first().click();
  await expect(priya.getByText('by Mara Lindqvist from a console page')).toBeVisible();

  await mara.getByLabel('Account of Mara Lindqvist').click();
  await expect(mara.getByRole('link', { name: 'Team' }), 'the team is for administrators').toBeHidden();
  await mara.getByRole('button', { name: 'Sign out' }).click();
  await expect(mara.getByRole('heading', { level: 1, name: 'Sign in' })).toBeVisible();
  await mara.goto(`/jobs/${jobId}`);
  await expect(mara, 'sign in leads back').toHaveURL(new RegExp(`/sign-in\\?next=%2Fjobs%2F${jobId}`));
});

test('The pages before sign-in and the team pass the audit and fit every width', async ({ server, openBrowser }) => {
  const page = await openBrowser();
  const check = async (): Promise<void> => {
    for (const width of [1440, 1088, 768, 390]) {
      await page.setViewportSize({ width, height: 900 });
      await test.step(`${width} px`, () => expectNoHorizontalScroll(page));
    }
    await expectNoFindings(page);
  };
  for (const address of ['/sign-in', setupLink(server), '/invitation?token=none']) {
    await page.goto(address);
    await ready(page);
    await test.step(address, check);
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  await setUp(page, server);
  await invite(page, 'Ken Osei', 'ken', 'Viewer: sees jobs and devices');
  await expect(page.getByRole('row').filter({ hasText: 'Ken Osei' })).toBeVisible();
  await test.step('/team', check);
  await page.getByLabel('Account of Priya Nair').click();
  await expectNoFindings(page, 'header');
});
