import { expect, test } from '../support/app.ts';
import { expectSubmit, jobIdInAddress, openNewJob, submitButton, targetQuery } from '../support/jobs.ts';

// Another size than the other stories', and so a server of its own: devices are added here.
const DEVICES = 25;
test.use({ simulatedDevices: DEVICES });

test('I see which devices a job targets, how fresh the count is, and afterwards how it differed', async ({ page, api }) => {
  await api.simulate({ offlineShare: 0.3, seed: 7 });
  // The devices need some time to disconnect.
  await expect
    .poll(async () => (await api.devices("connectionState = 'Disconnected'")).length, { message: 'offline devices' })
    .toBeGreaterThan(3);
  await openNewJob(page);
  await page.getByLabel('Method name').fill('lockDoor');
  await targetQuery(page, 'tags.simulated = true');

  await expectSubmit(page, `Run lockDoor on ${DEVICES} devices`);
  const review = page.getByRole('complementary', { name: 'Review' });
  await expect(review.getByText(/^counted \d\d:\d\d:\d\d, (now|\d+ s ago)$/), 'how fresh the count is').toBeVisible();
  const shares = await review.getByRole('img', { name: /connected/ }).getAttribute('aria-label');
  const [connected = 0, disconnected = 0] = (shares?.match(/\d+/g) ?? []).map(Number);
  expect(connected + disconnected, 'every device is one or the other').toBe(DEVICES);
  expect(disconnected).toBeGreaterThan(0);
  await expect(review.getByRole('status'), 'what is announced, without its age').toHaveText(
    `Counted ${DEVICES} devices, ${connected} connected`,
  );
  await expect(review.getByText(`${disconnected} disconnected, ${((disconnected / DEVICES) * 100).toFixed(1)} %`)).toBeVisible();
  const sample = review.getByRole('list', { name: 'Sample of the target' }).getByRole('listitem');
  await expect(sample).toHaveCount(5);
  await expect(sample.filter({ hasText: 'Disconnected' }), 'some offline devices').not.toHaveCount(0);
  await expect(review.getByText('The hub counts again when the job starts.')).toBeVisible();

  // Two devices more than the form has counted.
  await api.simulate({ count: DEVICES + 2, offlineShare: 0 });
  await expect.poll(async () => (await api.devices()).length, { message: 'registered devices' }).toBe(DEVICES + 2);
  await submitButton(page).click();
  const jobId = await jobIdInAddress(page);
  const notice = page.getByRole('status').filter({ hasText: 'than the preview counted' });
  await expect(notice).toContainText('2 devices more than the preview counted.');
  await expect(notice).toContainText(`${DEVICES} were counted before; when the job began, ${DEVICES + 2} matched.`);
  expect((await api.finished(jobId)).deviceJobStatistics.deviceCount).toBe(DEVICES + 2);
});

test('A count can be taken again', async ({ page, api }) => {
  const { length } = await api.devices();
  await openNewJob(page);
  await page.getByLabel('Method name').fill('lockDoor');
  await targetQuery(page, "deviceId != 'nobody'");
  await expectSubmit(page, `Run lockDoor on ${length} devices`);
  await api.simulate({ count: length + 1 });
  await expect.poll(async () => (await api.devices()).length, { message: 'registered devices' }).toBe(length + 1);
  await page.getByRole('button', { name: 'Refresh count' }).click();
  await expectSubmit(page, `Run lockDoor on ${length + 1} devices`);
});
