import { lockDoors } from '../support/api.ts';
import { expect, test } from '../support/app.ts';
import { expectNoSidewaysScroll } from '../support/layout.ts';
import { everyPage } from '../support/pages.ts';

// The widths at which the layout changes, and the narrowest phone in use.
for (const width of [390, 768, 1088, 1440]) {
  test(`Nothing sticks out at ${width} px`, async ({ page, api }) => {
    const { jobId } = await api.createJob(lockDoors());
    await api.finished(jobId);
    await page.setViewportSize({ width, height: 844 });
    for (const { path, heading } of await everyPage(api, jobId)) {
      await page.goto(path);
      await expect(page.getByRole('heading', { level: 1, name: heading })).toBeVisible();
      await expectNoSidewaysScroll(page);
    }
  });
}
