import { lockDoors } from '../support/api.ts';
import { expect, ready, test } from '../support/app.ts';
import { expectJobPage, expectSubmit, jobIdInAddress, jobListReady, jobPageReady, submitButton } from '../support/jobs.ts';

test('I name a job and say why, and find it by its name', async ({ page, api, simulatedDevices }) => {
  const name = page.getByRole('textbox', { name: 'Name', exact: true });
  await page.goto("/jobs/new?method=lockDoor&query=deviceId != 'nobody'");
  await expectSubmit(page, `Run lockDoor on ${simulatedDevices} devices`);
  await expect(name, 'without a name it is called after what it does').toHaveAttribute(
    'placeholder',
    "lockDoor on deviceId != 'nobody'",
  );
  await name.fill('Lock the harbour');
  await page.getByRole('textbox', { name: 'Reason' }).fill('Fire drill, ticket 1234');
  await submitButton(page).click();
  const jobId = await jobIdInAddress(page);
  expect(jobId).toMatch(/^lock-the-harbour-/);
  await jobPageReady(page);
  await expect(page.getByRole('heading', { level: 1, name: 'Lock the harbour' })).toBeVisible();
  await expectJobPage(page, jobId);
  await expect(page.getByRole('main')).toContainText('Reason: Fire drill, ticket 1234');
  await api.finished(jobId);

  await page.goto('/jobs?q=harbour');
  await jobListReady(page);
  const row = page.getByRole('row').filter({ hasText: jobId });
  await expect(row).toContainText('Lock the harbour');
  await expect(row).toContainText('console page');

  await page.keyboard.press('/');
  const palette = page.getByRole('dialog', { name: 'Go to job or device' });
  await palette.getByRole('combobox').pressSequentially('harbour');
  await palette.getByRole('option', { name: 'Lock the harbour' }).click();
  await expectJobPage(page, jobId);

  await page.getByRole('link', { name: 'Start another like this' }).click();
  await expect(name).toHaveValue('Lock the harbour');
  await expect(page.getByRole('main')).toContainText('Filled from Lock the harbour.');
});

test('A rerun is named after the first job, and a job created by the API is labelled so', async ({ page, api }) => {
  await api.simulate({ errorShare: 1, seed: 7 });
  const { jobId } = await api.createJob(lockDoors({ name: 'Lock Building 43' }));
  await api.finished(jobId);
  await page.goto('/jobs');
  await jobListReady(page);
  await expect(page.getByRole('row').filter({ hasText: jobId })).toContainText('API');
  const rerun = await fetch(`${new URL(page.url()).origin}/api/v1/jobs/${jobId}/rerun`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  const { jobId: again } = (await rerun.json()) as { jobId: string };
  await page.goto(`/jobs/${again}`);
  await expect(page.getByRole('heading', { level: 1, name: 'Rerun of Lock Building 43' })).toBeVisible();
  // Starting it once more is no rerun, so the form does not call it one.
  await page.goto(`/jobs/new?from=${again}`);
  await ready(page);
  await expect(page.getByRole('textbox', { name: 'Name', exact: true })).toHaveValue('');
});

test('I copy a link to the view of a job', async ({ page, context, api }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const { jobId } = await api.createJob(lockDoors());
  await api.finished(jobId);
  await page.goto(`/jobs/${jobId}?state=succeeded`);
  await jobPageReady(page);
  await page.getByRole('button', { name: 'Copy link to this view' }).click();
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(page.url());
});
