import { expect, test } from '../support/app.ts';
import { confirmNumber, expectSubmit, jobIdInAddress, openNewJob, submitButton, targetEveryDevice, targetQuery } from '../support/jobs.ts';

// Another size than the other stories', and so a server of its own: most of its devices are offline for a while.
const DEVICES = 31;
test.use({ simulatedDevices: DEVICES });

test('A job on every device is sent only when I have typed their number', async ({ page, api }) => {
  const before = (await api.jobs()).length;
  await openNewJob(page);
  await page.getByLabel('Method name').fill('lockDoor');
  await targetEveryDevice(page);
  await expectSubmit(page, `Run lockDoor on ${DEVICES} devices`);
  await page.getByLabel('Method name').press('Control+Enter');
  const dialog = page.getByRole('dialog', { name: `Run lockDoor on ${DEVICES} devices?` });
  await expect(dialog).toContainText('This is every device of the hub.');
  await expect(dialog.getByRole('button', { name: 'Keep editing' }), 'the safe choice has the focus').toBeFocused();
  const run = dialog.getByRole('button', { name: /^Run/ });
  await expect(run).toBeDisabled();
  const number = dialog.getByLabel(`Type ${DEVICES} to confirm`);
  await number.fill(String(DEVICES - 1));
  await number.press('Enter');
  await expect(run).toBeDisabled();
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  expect(await api.jobs(), 'nothing has been sent').toHaveLength(before);

  await submitButton(page).click();
  await confirmNumber(page, DEVICES);
  expect((await api.finished(await jobIdInAddress(page))).outcomes.succeeded).toBe(DEVICES);
});

test('A job on devices that are mostly offline says so, and asks for their number', async ({ page, api }) => {
  await api.simulate({ offlineShare: 0.9, seed: 7 });
  const offline = async () => (await api.devices("connectionState = 'Disconnected'")).length;
  let last = -1;
  await expect
    .poll(async () => {
      const [before, now] = [last, await offline()];
      last = now;
      return now > DEVICES / 2 && now === before;
    }, { message: 'offline devices' })
    .toBe(true);
  const share = ((last / DEVICES) * 100).toFixed(1);
  await openNewJob(page);
  await page.getByLabel('Method name').fill('lockDoor');
  await targetQuery(page, "deviceId != 'nobody'");
  await expectSubmit(page, new RegExp(`^Run lockDoor on ${DEVICES} devices, ${share.slice(0, -1)}\\d % offline$`));
  const words = `${last} of ${DEVICES}`;
  const review = page.getByRole('complementary', { name: 'Review' });
  await expect(review).toContainText(words);
  await expect(review).toContainText('are offline now. Offline devices fail at once.');
  await submitButton(page).click();
  const dialog = page.getByRole('dialog', { name: `Run lockDoor on ${DEVICES} devices?` });
  await expect(dialog).toContainText(words);
  await dialog.getByRole('button', { name: 'Keep editing' }).click();

  await page.getByRole('radio', { name: 'Tags' }).check();
  await page.getByRole('textbox', { name: 'Tags to merge' }).fill('{"inspected":"yes"}');
  await expectSubmit(page, `Set tags on ${DEVICES} devices`);
  await expect(review, 'tags do not need connected devices').not.toContainText('offline now');
});
