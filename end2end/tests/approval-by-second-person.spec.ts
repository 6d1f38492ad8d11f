import { expectNoFindings } from '../support/accessibility.ts';
import { jobIdInAddress, jobPageReady } from '../support/jobs.ts';
import { expect, invite, join, ready, setUp, test } from '../support/team.ts';

// The browser logs what the server refuses.
test.use({ allowedProblems: /status of (403|422)/, flags: '--approval-above 5' });

test('A second person approves my job before it starts', async ({ server, openBrowser }) => {
  const priya = await openBrowser();
  await setUp(priya, server);
  const toIlse = await invite(priya, 'Ilse Brandt', 'ilse', 'Approver: approves jobs, sees devices and the audit log');
  const toMara = await invite(priya, 'Mara Lindqvist', 'mara', 'Operator: runs jobs, changes devices');
  const mara = await openBrowser();
  await join(mara, toMara);
  await expect(mara.getByRole('contentinfo')).toContainText(/1\d of 12 connected/);
  const form = new URLSearchParams({
    method: 'lockDoor',
    query: 'tags.simulated = true',
    waves: '25%',
    reason: 'Tested on the lab floor',
  });
  await mara.goto(`/jobs/new?${form}`);
  await ready(mara);
  const review = mara.getByRole('complementary', { name: 'Review' });
  await expect(review).toContainText('Another person has to approve this job before it starts.');
  await review.getByRole('button', { name: 'Ask approval for 12 devices' }).click();
  const jobId = await jobIdInAddress(mara);
  await jobPageReady(mara);
  await expect(mara.locator('.page__title')).toContainText('Awaiting approval');
  await mara.goto(`/approvals?request=${jobId}`);
  await ready(mara);
  await expect(mara.getByText('You asked for this job: another person decides.')).toBeVisible();

  const ilse = await openBrowser();
  await join(ilse, toIlse);
  await ilse.getByRole('link', { name: 'Approvals, 1 request waiting' }).click();
  const request = ilse.getByRole('article');
  await expect(request).toContainText('lockDoor');
  await expect(request).toContainText('goes to 12 devices');
  await expect(request).toContainText('Tested on the lab floor');
  await expect(request).toContainText('2 waves: 3, then 9');
  await expectNoFindings(ilse);
  await request.getByRole('button', { name: 'Reject' }).click();
  await expect(request.getByRole('alert')).toBeVisible();
  await request.getByLabel('Comment').fill('go ahead');
  await request.getByRole('button', { name: 'Approve for 12 devices' }).click();
  await expect(ilse.getByText('Nothing waits for a decision.')).toBeVisible();

  await mara.goto(`/jobs/${jobId}`);
  await jobPageReady(mara);
  await expect(mara.locator('.page__title')).toContainText('Completed');
  await expect(mara.locator('.page__lead').first()).toContainText('approved by Ilse Brandt: “go ahead”');
});
