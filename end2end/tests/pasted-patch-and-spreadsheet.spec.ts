import { expect, test } from '../support/app.ts';
import { chooseJobType, expectSubmit, jobIdInAddress, openNewJob, submitButton, targetList } from '../support/jobs.ts';

test('I paste the documented patch and rows of a spreadsheet into the form', async ({ page, api }) => {
  const [first, second] = (await api.devices()).map(({ deviceId }) => deviceId);
  await openNewJob(page);
  await chooseJobType(page, 'Tags');
  await page.getByRole('textbox', { name: 'Tags to merge' }).fill('{"tags":{"inspected":"yes"}}');
  await expect(page.getByText('Read as the tags: the outer tags was removed.')).toBeVisible();
  await targetList(page, `sep=;\r\nName;IOTC_DEVICEID\r\n"Front; left";${first}\r\nBack;${second}\r\n`);
  await expect(page.getByText('Ids read from column IOTC_DEVICEID (2 columns).')).toBeVisible();
  await expectSubmit(page, 'Set tags on 2 devices');
  const review = page.getByRole('complementary', { name: 'Review' });
  await expect(review.getByText('{"inspected":"yes"}')).toBeVisible();

  await submitButton(page).click();
  const job = await api.finished(await jobIdInAddress(page));
  expect(job.updateTwin?.tags).toEqual({ inspected: 'yes' });
  expect(job.outcomes.succeeded).toBe(2);
});
