import { expect, test } from '../support/app.ts';
import { expectNoFindings, WIDTHS } from '../support/axe.ts';
import { everyPage } from '../support/pages.ts';

// The browser logs the page that is not there as a failed load.
test.use({ allowedComplaints: /status of 404/ });

for (const width of WIDTHS) {
  test(`Every page passes the audit in light and dark at ${width} px`, async ({ page, api }) => {
    test.setTimeout(300_000);
    await page.setViewportSize({ width, height: 900 });
    for (const { path, content } of await everyPage(api)) {
      await test.step(path, async () => {
        await page.goto(path);
        await expect(content(page)).toBeVisible();
        await expectNoFindings(page);
      });
    }
  });
}
