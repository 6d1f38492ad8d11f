import { lockDoors } from '../support/api.ts';
import { expect, test } from '../support/app.ts';
import { deviceRows, stateChip } from '../support/jobs.ts';

test('What an address says that means nothing is ignored, and told', async ({ page, api, simulatedDevices }) => {
  const { jobId } = await api.createJob(lockDoors());
  await api.finished(jobId);
  const told = page.getByRole('status').filter({ hasText: 'means nothing here' });
  for (const [path, words] of [
    ['/jobs?tab=broken', 'tab=broken'],
    ['/jobs?since=yesterday', 'since=yesterday'],
    ['/jobs?sort=odd', 'sort=odd'],
    [`/jobs/${jobId}?state=broken`, 'state=broken'],
    [`/jobs/${jobId}?order=odd&cell=first`, 'cell=first, order=odd'],
    ['/devices?selected=some', 'selected=some'],
    ['/devices?cols=place,size,shape&selected=some', 'cols=size,shape, selected=some'],
    ['/devices/door-0001?show=nothing', 'show=nothing'],
    ['/jobs/new?type=broken&when=never', 'type=broken, when=never'],
  ] as const) {
    await test.step(path, async () => {
      await page.goto(path);
      await expect(told).toContainText(`${words} means nothing here.`);
    });
  }

  await page.goto(`/jobs/${jobId}?state=broken&device=door-0001`);
  await expect(deviceRows(page), 'every device is listed').toHaveCount(simulatedDevices);
  await expect(page.getByRole('complementary', { name: 'Device door-0001' }), 'the rest holds').toBeVisible();
  await stateChip(page, 'Succeeded').click();
  await expect(page).toHaveURL(/state=succeeded/);
  await expect(told, 'until something else is chosen').toHaveCount(0);
});
