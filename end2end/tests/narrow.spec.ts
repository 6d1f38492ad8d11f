import { expect, test } from '../support/app.ts';
import { expectNoSidewaysScroll } from '../support/layout.ts';
import { everyPage } from '../support/pages.ts';

// The browser logs the page that is not there as a failed load.
test.use({ allowedComplaints: /status of 404/ });

// The widths at which the layout changes, and the narrowest phone in use.
for (const width of [390, 768, 1088, 1440]) {
  test(`Nothing sticks out at ${width} px`, async ({ page, api }) => {
    test.setTimeout(240_000);
    await page.setViewportSize({ width, height: 844 });
    for (const { path, content } of await everyPage(api)) {
      await test.step(path, async () => {
        await page.goto(path);
        await expect(content(page)).toBeVisible();
        await expectNoSidewaysScroll(page);
      });
    }
  });
}
