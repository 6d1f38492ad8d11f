import { type Locator, type Page } from '@playwright/test';
import { expect, ready, renderInOwnFonts, test } from '../support/app.ts';
import { expectNoFindings } from '../support/accessibility.ts';
import { expectNoHorizontalScroll } from '../support/overflow.ts';
import { createJobsOfPages, PAGES, type PageUnderTest } from '../support/pages-under-test.ts';

// Each page is loaded once and checked in every way that all pages are checked. When a page has changed on purpose,
// "make snapshots" takes its outline and pictures anew; look at the change before you commit it.

// Another size than the other stories', and so a server of its own: no other jobs are on the pages.
const DEVICES = 12;
test.use({
  simulatedDevices: DEVICES,
  // The browser logs a page that does not exist as a failed load.
  allowedProblems: /status of 404/,
  // The comparison adds a style sheet to the page, which the page's policy refuses.
  bypassCSP: true,
});

/** The widths at which the layout changes, the narrowest phone in use, and a desk's window at 200 %. */
const LAYOUT_WIDTHS = [1440, 1088, 768, 720, 390];

/** Opens a page and waits until it is complete. */
async function open(page: Page, { path, content, hasNoStatusBar }: PageUnderTest): Promise<void> {
  await page.goto(path);
  await ready(page);
  await expect(content(page)).toBeVisible();
  if (!hasNoStatusBar) {
    await expect(page.getByRole('contentinfo')).toContainText(`${DEVICES} of ${DEVICES} connected`);
  }
  await renderInOwnFonts(page);
}

/**
 * Roles and names of a region, as a screen reader has them, with # in place of whatever differs from run to run: numbers,
 * times and durations. States that pass are left out.
 */
async function outline(region: Locator): Promise<string> {
  const text = await region.ariaSnapshot();
  return text
    .replace(/- status: .*/g, '- status')
    // What happened to a device within one second comes in either order.
    .replace(/(- heading "Activity" [^\n]*\n)[^]*?(\n *- link "All jobs)/, '$1$2')
    .replace(/(?<!level=)\d[\d,.:]*/g, '#')
    // The time of another day than today begins with the day.
    .replace(/\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun) #/g, '#')
    .replace(/# (ms|s|min|h|days?)\b( # (s|min|h)\b)?/g, '#')
    .replace(/("# answers:).*$/gm, '$1 #')
    .replace(/(?<!\w)(now|yesterday|# ago|in #)(?=["\s,;]|$)/gm, '#');
}

/** Icons of the page whose symbol is not in the document: it could not be fetched while the server is away. */
async function missingIcons(page: Page): Promise<(string | null)[]> {
  const icons = page.locator('use');
  await expect(icons).not.toHaveCount(0);
  return icons.evaluateAll((uses) =>
    uses.map((use) => use.getAttribute('href')).filter((href) => !href || !document.querySelector(href)?.matches('symbol')),
  );
}

for (const each of PAGES) {
  test(`${each.title} fits every width, passes the audit and keeps its outline and look`, async ({ page, api }) => {
    const { snapshot, isAlwaysChanging } = each;
    await createJobsOfPages(api);
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
    await open(page, each);
    expect.soft(await missingIcons(page), 'icons without a symbol').toEqual([]);
    if (snapshot) expect.soft(await outline(page.getByRole('main'))).toMatchSnapshot(`${snapshot}.txt`);

    const expectPicture = async (theme: 'light' | 'dark', width: number): Promise<void> => {
      if (snapshot === undefined || isAlwaysChanging) return;
      await page.emulateMedia({ colorScheme: theme });
      await expect.soft(page).toHaveScreenshot(`${snapshot}-${theme}-${width}.png`);
    };
    await expectPicture('light', 1440);
    for (const width of LAYOUT_WIDTHS) {
      await page.setViewportSize({ width, height: 900 });
      await test.step(`${width} px`, () => expectNoHorizontalScroll(page));
    }
    await test.step('audit', () => expectNoFindings(page));
    await expectPicture('dark', 390);
  });
}

test('The bars above and below every page keep their outline', async ({ page, api }) => {
  await createJobsOfPages(api);
  await page.goto('/no-such-page');
  await ready(page);
  await expect(page.getByRole('contentinfo')).toContainText(`${DEVICES} of ${DEVICES} connected`);
  expect.soft(await outline(page.getByRole('banner'))).toMatchSnapshot('top-bar.txt');
  expect.soft(await outline(page.getByRole('contentinfo'))).toMatchSnapshot('status-bar.txt');
});
