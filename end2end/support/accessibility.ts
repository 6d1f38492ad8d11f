// The accessibility audit that every page has to pass: WCAG 2.2 AA and axe's best practice.

import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

/** Rules whose result depends on the theme; the others hold for both. */
const COLOUR_RULES = ['color-contrast', 'link-in-text-block'];
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** A phone and a desk. */
const WIDTHS = [390, 1440];

/**
 * Audits the page at each of the widths, with one line per finding: the rule, the element and why. `open` selects what
 * lies over the page, which is then audited alone: the page below has a story of its own.
 */
export async function expectNoFindings(page: Page, open?: string, widths = WIDTHS): Promise<void> {
  const window = page.viewportSize() ?? { width: 1440, height: 900 };
  // A colour halfway through a transition would be audited: between themes, or where the pointer is after a resize.
  await page.emulateMedia({ reducedMotion: 'reduce' });
  for (const width of widths) {
    await page.setViewportSize({ ...window, width });
    await expectNoFindingsHere(page, open);
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(window);
}

/** The same at the window's width: every rule in light, those about colours in dark too. */
async function expectNoFindingsHere(page: Page, open?: string): Promise<void> {
  const window = page.viewportSize() ?? { width: 1440, height: 900 };
  if (open !== undefined) await expect(page.locator(open).first(), 'what is audited').toBeVisible();
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme });
    // There are no frames to gather results from, for which axe would open a page each time.
    const axe = new AxeBuilder({ page }).setLegacyMode();
    if (open !== undefined) axe.include(open);
    const { violations } = await (theme === 'light' ? axe.withTags(RULES) : axe.withRules(COLOUR_RULES)).analyze();
    const findings = violations.flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.target.join(' ')}: ${node.failureSummary?.replaceAll('\n', ' ')}`),
    );
    expect(findings, `audit of ${page.url()} at ${window.width} px in ${theme}`).toEqual([]);
  }
}
