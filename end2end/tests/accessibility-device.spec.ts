import { lockDoors } from '../support/api.ts';
import { expect, ready, test } from '../support/app.ts';
import { expectNoFindings } from '../support/accessibility.ts';
import { deviceRows, jobPageReady } from '../support/jobs.ts';

test.setTimeout(240_000);

test('A device passes the audit while it is edited', async ({ page, api, server }) => {
  const device = 'door-0003';
  // An offline device reports nothing, so what is desired differs.
  await api.simulate({ offlineShare: 1 });
  await api.connected(0);
  await fetch(`${server.url}/api/v1/devices/${device}/twin`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ properties: { desired: { telemetry: { every: '60s' }, mode: 'day', limit: 3 } } }),
  });
  await page.goto(`/devices/${device}?show=differences`);
  await ready(page);
  await expect(page.getByRole('row', { name: /telemetry\.every/ })).toBeVisible();
  await test.step('what differs', () => expectNoFindings(page));
  await page.goto(`/devices/${device}?show=json`);
  await ready(page);
  await test.step('the twin as JSON', () => expectNoFindings(page));

  const patch = page.getByRole('textbox', { name: 'Desired properties to merge, JSON' });
  await patch.fill('{"mode": "night", "limit": null');
  await expect(patch).toHaveAttribute('aria-invalid', 'true');
  await test.step('a patch that is no JSON', () => expectNoFindings(page));
  await patch.fill('{"mode": "night", "limit": null}');
  await expect(page.getByRole('list', { name: 'Changes' })).toBeVisible();
  await page.getByRole('textbox', { name: 'Method' }).fill('lockDoor');
  await page.getByRole('button', { name: 'Invoke' }).click();
  await expect(page.getByRole('region', { name: 'Invoke a direct method' })).toContainText('not online');
  await test.step('what a patch would change, and a call that failed', () => expectNoFindings(page));

  await page.goto('/devices/dor-0003');
  await expect(page.getByRole('main').getByRole('heading', { level: 1 })).toBeVisible();
  await test.step('no such device', () => expectNoFindings(page));
});

test('The panel of a device passes the audit in every state', async ({ page, api }) => {
  await api.simulate({ errorShare: 0.2, offlineShare: 0.2, silentShare: 0.1, seed: 7 });
  const { jobId } = await api.createJob(
    lockDoors({ cloudToDeviceMethod: { methodName: 'lockDoor', responseTimeoutInSeconds: 5 } }),
  );
  await api.finished(jobId, 60_000);
  const results = await api.results(jobId);
  await page.goto(`/jobs/${jobId}`);
  await jobPageReady(page);
  for (const outcome of ['failed', 'notOnline', 'timedOut', 'succeeded'] as const) {
    const device = results.find((result) => result.outcome === outcome)?.deviceId ?? `one that is ${outcome}`;
    await deviceRows(page).filter({ hasText: device }).getByRole('link').click();
    const panel = page.getByRole('complementary', { name: `Device ${device}` });
    await expect(panel.getByText('Hub says')).toBeVisible();
    await test.step(outcome, () => expectNoFindings(page, '.drawer'));
    await panel.getByRole('link', { name: 'Close device' }).click();
    await expect(panel).toHaveCount(0);
  }
  await page.goto(`/jobs/${jobId}?find=nobody`);
  await jobPageReady(page);
  await expect(deviceRows(page)).toHaveCount(0);
  await expect(page.getByText('No device of this job matches.')).toBeVisible();
  await test.step('no device matches', () => expectNoFindings(page));
});

// The browser logs a device that is not there, or not online, as a failed load.
test.use({ allowedProblems: /status of 4\d\d/ });
