import { lockDoors } from '../support/api.ts';
import { expect, test } from '../support/app.ts';
import { expectNoFindings } from '../support/axe.ts';
import { everyPage } from '../support/pages.ts';

// The browser logs the page that is not there as a failed load.
test.use({ allowedComplaints: [/status of 404/] });

for (const width of [390, 1440]) {
  test(`Every page passes the audit in light and dark at ${width} px`, async ({ page, api }) => {
    test.setTimeout(180_000);
    await api.simulate({ errorShare: 0.3, seed: 7 });
    const { jobId } = await api.createJob(lockDoors());
    await api.finished(jobId);
    await page.setViewportSize({ width, height: 900 });
    for (const { path, heading } of await everyPage(api, jobId)) {
      await test.step(path, async () => {
        await page.goto(path);
        await expect(page.getByRole('heading', { level: 1, name: heading })).toBeVisible();
        await expectNoFindings(page);
      });
    }
  });
}
