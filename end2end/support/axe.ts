// The audit that every page has to pass, in both themes: WCAG 2.2 AA and axe's best practice.

import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

/** Rules that a theme has a say in; what else there is holds for both. */
const COLOUR_RULES = ['color-contrast', 'link-in-text-block'];
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** Pixels; beyond it a list repeats itself. */
const TALLEST = 4_000;
export const THEMES = ['light', 'dark'] as const;
/** A phone's width and a desk's. */
export const WIDTHS = [390, 1440] as const;

/**
 * Fails with one line per finding: the rule, the element and why. The window grows to the page's full height, since a
 * row half behind the status bar would count as a target too small to hit. `open` names what lies over the page, which
 * is then audited alone and as it stands: the page below has a story of its own, and what is covered cannot be hit.
 */
export async function expectNoFindings(page: Page, open?: string): Promise<void> {
  const window = page.viewportSize() ?? { width: 1440, height: 900 };
  const content = open === undefined ? await page.evaluate(() => document.documentElement.scrollHeight) : 0;
  await page.setViewportSize({ ...window, height: Math.max(window.height, Math.min(content, TALLEST)) });
  for (const theme of THEMES) {
    await page.emulateMedia({ colorScheme: theme });
    // A colour on its way from one theme to the other is not what a reader meets.
    await page.evaluate(() =>
      document
        .getAnimations()
        .filter((it) => it instanceof CSSTransition)
        .forEach((it) => it.finish()),
    );
    // Without frames there is nothing to gather, for which a window of its own would be opened each time.
    const axe = new AxeBuilder({ page }).setLegacyMode();
    if (open !== undefined) axe.include(open);
    const { violations } = await (theme === 'light' ? axe.withTags(RULES) : axe.withRules(COLOUR_RULES)).analyze();
    const findings = violations.flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.target.join(' ')}: ${node.failureSummary?.replaceAll('\n', ' ')}`),
    );
    expect(findings, `audit of ${page.url()} in ${theme}`).toEqual([]);
  }
  await page.setViewportSize(window);
}
