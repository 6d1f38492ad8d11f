import { Api, lockDoors } from '../support/api.ts';
import { expect, test as base } from '../support/app.ts';
import { jobIdInAddress, jobPageReady } from '../support/jobs.ts';
import { Server } from '../support/server.mjs';

/** More than may act again without their number being typed. None of them is simulated, and none is online. */
const DEVICES = 1_100;

const test = base.extend<{ faultlessPool: void }, { server: Server; api: Api }>({
  // There is no pool to put back.
  faultlessPool: async ({}, use) => use(),
  server: [
    async ({}, use) => {
      const server = await Server.start({ simulatedDevices: 0, registered: DEVICES });
      await use(server);
      await server.remove();
    },
    { scope: 'worker', timeout: 180_000 },
  ],
  api: [async ({ server }, use) => use(new Api(() => server.url)), { scope: 'worker' }],
});

test('A rerun on real devices asks once, and many devices have to be typed', async ({ page, api }) => {
  const method = { methodName: 'lockDoor', responseTimeoutInSeconds: 5, connectTimeoutInSeconds: 0 };
  const { jobId } = await api.createJob(lockDoors({ cloudToDeviceMethod: method }));
  const { outcomes } = await api.finished(jobId);
  expect(outcomes.notOnline).toBe(DEVICES);
  await page.goto(`/jobs/${jobId}`);
  await jobPageReady(page);
  const rerun = page.getByRole('button', { name: 'Rerun the 1,100 that did not succeed' });
  const dialog = page.getByRole('dialog', { name: 'Rerun lockDoor on 1,100 devices?' });

  await rerun.click();
  await expect(dialog.getByRole('button', { name: 'Do not rerun' }), 'the safe choice has the focus').toBeFocused();
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(rerun, 'the focus is back').toBeFocused();
  expect(await api.jobs(), 'nothing has started').toHaveLength(1);

  await page.getByRole('button', { name: 'Rerun these 1,100 with 404103 Device not online' }).click();
  const confirm = dialog.getByRole('button', { name: 'Rerun lockDoor on 1,100 devices' });
  await expect(confirm).toBeDisabled();
  const number = dialog.getByRole('textbox', { name: 'Type 1,100 to confirm' });
  await number.fill('110');
  await expect(confirm, 'another number does not confirm').toBeDisabled();
  await number.fill('1100');
  await confirm.click();
  await page.waitForURL((url) => !url.pathname.endsWith(`/${jobId}`));
  const again = await jobIdInAddress(page);
  expect((await api.finished(again)).outcomes.notOnline).toBe(DEVICES);
});

test.describe('without scripts', () => {
  test.use({ javaScriptEnabled: false });

  test('A rerun on real devices asks on a page of its own', async ({ page, api }) => {
    const { jobId } = await api.createJob(lockDoors({ queryCondition: "deviceId IN ['door-0001', 'door-0002']" }));
    const ended = await api.finished(jobId);
    const count = ended.outcomes.notOnline;
    expect(count).toBeGreaterThan(0);
    await page.goto(`/jobs/${jobId}`);
    await page.getByRole('button', { name: `Rerun the ${count} that did not succeed` }).click();
    await page.getByRole('button', { name: new RegExp(`^Rerun lockDoor on ${count} devices?$`) }).click();
    await expect(page).not.toHaveURL(new RegExp(`/jobs/${jobId}(\\?|$)`));
    await expect(page.getByRole('main').getByRole('link', { name: jobId })).toBeVisible();
  });
});
