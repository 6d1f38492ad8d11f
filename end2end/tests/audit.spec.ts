import { expect, ready, test } from '../support/app.ts';
import { expectNoFindings } from '../support/axe.ts';
import { everyOverlay, everyPage } from '../support/pages.ts';

// The browser logs the page that is not there as a failed load.
test.use({ allowedComplaints: /status of 404/ });

for (const width of [390, 1440]) {
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

  test(`Menus, palette, keys and toasts pass the audit in light and dark at ${width} px`, async ({ page, api, context }) => {
    test.setTimeout(300_000);
    await context.grantPermissions(['clipboard-write']);
    await page.setViewportSize({ width, height: 900 });
    const pages = await everyPage(api);
    for (const { name, open } of everyOverlay) {
      await test.step(name, async () => {
        await page.goto('/jobs');
        await expect(await open(page)).toBeVisible();
        await expectNoFindings(page);
      });
    }
    // Every menu that a page has, one after the other.
    for (const { path, content } of pages) {
      await page.goto(path);
      await expect(content(page)).toBeVisible();
      await ready(page);
      const menus = page.locator('details.menu:visible > summary');
      // Rows have the same menu, so that one stands for all.
      for (let at = 0; at < Math.min(await menus.count(), 4); at += 1) {
        await test.step(`${path}, menu ${at + 1}`, async () => {
          await menus.nth(at).click();
          await expectNoFindings(page, { isCovered: true });
          await page.keyboard.press('Escape');
        });
      }
    }
  });
}
