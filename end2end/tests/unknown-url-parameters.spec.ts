import { lockDoors } from '../support/api.ts';
import { expect, test } from '../support/app.ts';
import { deviceRows, stateChip } from '../support/jobs.ts';

test('Unknown URL parameters are ignored and reported', async ({ page, api, simulatedDevices }) => {
  const { jobId } = await api.createJob(lockDoors());
  await api.finished(jobId);
  const notice = page.getByRole('status').filter({ hasText: /^Unknown / });
  for (const [path, words] of [
    ['/jobs?tab=broken', 'Unknown filter tab=broken, ignored.'],
    ['/jobs?since=yesterday', 'Unknown filter since=yesterday, ignored.'],
    ['/jobs?sort=odd', 'Unknown filter sort=odd, ignored.'],
    ['/jobs?foo=bar', 'Unknown filter foo=bar, ignored.'],
    ['/jobs?device=no%20id', 'Unknown filter device=…, ignored.'],
    [`/jobs/${jobId}?state=broken`, 'Unknown filter state=broken, ignored.'],
    [`/jobs/${jobId}?order=odd&cell=first`, 'Unknown filters cell=first, order=odd, ignored.'],
    ['/devices?selected=some', 'Unknown filter selected=some, ignored.'],
    ['/devices?cols=place,size,shape&selected=some', 'Unknown filters cols=size,shape, selected=some, ignored.'],
    ['/devices/door-0001?show=nothing', 'Unknown parameter show=nothing, ignored.'],
    ['/jobs/new?type=broken&when=never', 'Unknown parameters type=broken, when=never, ignored.'],
    [`/jobs/${jobId}?foo=bar`, 'Unknown filter foo=bar, ignored.'],
    ['/devices?foo=bar', 'Unknown filter foo=bar, ignored.'],
    ['/devices/door-0001?foo=bar', 'Unknown parameter foo=bar, ignored.'],
    ['/jobs/new?foo=bar', 'Unknown parameter foo=bar, ignored.'],
    ['/simulator?scenario=nonsense&foo=bar', 'Unknown parameters scenario=nonsense, foo=bar, ignored.'],
  ] as const) {
    await test.step(path, async () => {
      await page.goto(path);
      await expect(notice).toHaveText(words);
    });
  }

  await page.goto(`/jobs/${jobId}?state=broken&device=door-0001`);
  await expect(deviceRows(page), 'every device is listed').toHaveCount(simulatedDevices);
  await expect(page.getByRole('complementary', { name: 'Device door-0001' }), 'the rest holds').toBeVisible();
  await stateChip(page, 'Succeeded').click();
  await expect(page).toHaveURL(/state=succeeded/);
  await expect(notice, 'until something else is chosen').toHaveCount(0);
});
