import { expect, ready, test } from '../support/app.ts';
import { expectNoHorizontalScroll } from '../support/overflow.ts';

const DEVICE = 'door-0006';
const LONG = 'a-value-without-a-space-'.repeat(40);

test('Long values make no page of a device wider than the window', async ({ page, api, server }) => {
  const patch = {
    tags: { note: LONG, [`a_long_name_${'x'.repeat(60)}`]: 'b', building: LONG.slice(0, 200) },
    properties: { desired: { [`every_${'y'.repeat(60)}`]: LONG, nested: { deeper: { and: { deeper: LONG } } } } },
  };
  const call = (path: string, method: string, body: object) =>
    fetch(`${server.url}/api/v1/devices/${DEVICE}/${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  expect((await call('twin', 'PATCH', patch)).status).toBe(200);
  expect((await call(`methods/${'lockDoor'.repeat(12)}`, 'POST', { payload: { note: LONG } })).status).toBe(200);
  await api.createJob({
    jobId: 'a-job-with-a-very-long-id-'.padEnd(60, 'x'),
    type: 'scheduleDeviceMethod',
    cloudToDeviceMethod: { methodName: 'unlockDoor'.repeat(9), payload: { note: LONG } },
    queryCondition: `deviceId = '${DEVICE}'`,
  });
  for (const path of [
    `/devices/${DEVICE}`,
    `/devices/${DEVICE}?show=json`,
    `/devices?${new URLSearchParams({ query: `deviceId = '${DEVICE}'`, cols: 'connection,place,tags,tags.note,twin' })}`,
  ]) {
    await page.goto(path);
    await ready(page);
    await expect(page.getByRole('main').getByText('a-value-without').first()).toBeAttached();
    for (const width of [390, 1024, 1100, 1440, 1920]) {
      await page.setViewportSize({ width, height: 900 });
      await test.step(`${path}, ${width} px`, () => expectNoHorizontalScroll(page));
    }
  }
});

test('Text from right to left keeps keys and values in their places', async ({ page, server }) => {
  const device = 'door-0007';
  const answer = await fetch(`${server.url}/api/v1/devices/${device}/methods/lockDoor`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ payload: { 'מפתח': 'ערך', b: 'c' } }),
  });
  expect(answer.status).toBe(200);
  await page.goto(`/devices/${device}?show=json`);
  await ready(page);
  const request = page.getByRole('listitem').filter({ hasText: 'direct call from the API' });
  await request.getByText('direct call from the API').click();
  const left = async (text: string) => (await request.locator('pre').getByText(text).boundingBox())?.x ?? NaN;
  expect(await left('"מפתח"'), 'the key is before its value').toBeLessThan(await left('"ערך"'));
});

test('A long method name stays inside of the review of a new job', async ({ page }) => {
  await page.goto(`/jobs/new?method=${'unlockDoor'.repeat(9)}`);
  await ready(page);
  const review = page.getByRole('complementary', { name: 'Review' });
  await expect(review).toContainText('unlockDoorunlockDoor');
  for (const width of [390, 1024, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    await test.step(`${width} px`, () => expectNoHorizontalScroll(page));
  }
});
