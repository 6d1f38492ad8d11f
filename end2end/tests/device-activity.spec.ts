import { type Page } from '@playwright/test';
import { expect, ready, test } from '../support/app.ts';

// The browser logs a call to a device that is not online as a failed load.
test.use({ allowedProblems: /status of 4\d\d/ });

const activity = (page: Page) => page.getByRole('list', { name: 'Activity' }).getByRole('listitem');
const invoke = (page: Page) => page.getByRole('region', { name: 'Invoke a direct method' });

test('A method that I called is still in the activity of the device when I come back', async ({ page, api, server }) => {
  const device = 'door-0004';
  await page.goto(`/devices/${device}`);
  await ready(page);
  await invoke(page).getByLabel('Method').fill('lockDoor');
  await invoke(page).getByLabel('Payload').fill('{"mode": "night"}');
  await invoke(page).getByRole('button', { name: 'Invoke lockDoor' }).click();
  await expect(invoke(page)).toContainText(/200 in \d/);
  const call = activity(page).filter({ hasText: 'direct call from this page' });
  await expect(call).toContainText(/lockDoor.*\{"mode":"night"\}.*200/s);

  await page.reload();
  await ready(page);
  await expect(call, 'after a reload').toContainText(/lockDoor.*\{"mode":"night"\}.*200/s);
  await call.getByText('direct call from this page').click();
  await expect(call.getByText('Response', { exact: true })).toBeVisible();
  await expect(page.getByText(/last activity (now|\d+ s ago)/), 'it has just answered').toBeVisible();

  await test.step('a call of the API, which did not reach the device', async () => {
    await api.simulate({ offlineShare: 1 });
    await api.connected(0);
    const answer = await fetch(`${server.url}/api/v1/devices/${device}/methods/unlockDoor`, { method: 'POST' });
    expect(answer.status).toBe(409);
    const refused = activity(page).filter({ hasText: 'direct call from the API' });
    await expect(refused).toContainText(/unlockDoor.*404103, device not online/s);
  });

  await test.step('a change of the twin is one line', async () => {
    await page.getByRole('textbox', { name: 'Desired properties to merge, JSON' }).fill('{"mode": "night"}');
    await page.getByRole('button', { name: `Patch ${device}` }).click();
    const change = activity(page).filter({ hasText: 'Desired properties' });
    await expect(change).toHaveCount(1);
    await expect(change).toContainText(/twin change from this page.*mode.*Written, not yet reported/s);
  });
  await test.step('so is a change that a job makes, under the name of the job', async () => {
    const { jobId } = await api.createJob({
      name: 'Evening mode',
      type: 'scheduleUpdateTwin',
      updateTwin: { properties: { desired: { mode: 'evening' } } },
      queryCondition: `deviceId = '${device}'`,
    });
    await api.finished(jobId);
    const change = activity(page).filter({ hasText: 'mode' });
    const ofJob = change.filter({ has: page.getByRole('link', { name: `Evening mode, ${jobId}` }) });
    await expect(ofJob).toContainText(/job, twin change.*Written, not yet reported/s);
    await expect(change.filter({ hasText: 'by a service' }), 'no line about the same write').toHaveCount(0);
  });
  await expect(page.getByRole('link', { name: 'All jobs for this device' })).toHaveAttribute('href', `/jobs?device=${device}`);
});

test('The list below a call stays where it is when the answer arrives', async ({ page }) => {
  await page.goto('/devices/door-0005');
  await ready(page);
  const heading = page.getByRole('heading', { name: 'Activity' });
  const payload = invoke(page).getByLabel('Payload');
  const places = () => Promise.all([heading.boundingBox(), payload.boundingBox()]);
  const before = await places();
  await invoke(page).getByLabel('Method').fill('lockDoor');
  const button = invoke(page).getByRole('button', { name: 'Invoke lockDoor' });
  await expect(button).toBeVisible();
  expect(await places(), 'while the name is typed').toEqual(before);
  await button.click();
  await expect(invoke(page)).toContainText(/200 in \d/);
  expect(await places(), 'with the answer').toEqual(before);
});
