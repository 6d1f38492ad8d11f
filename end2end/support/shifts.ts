// Layout shift as the browser measures it: what moved by itself, by how much of the window, and what it was.

import { expect, type Page } from '@playwright/test';

interface Shift {
  value: number;
  moved: string[];
}

/**
 * Watches the page from now on, or all that it has done since it was asked for; returns what fails when anything has
 * moved that nobody has touched.
 */
export async function watchShifts(page: Page, since: 'now' | 'its start' = 'now'): Promise<() => Promise<void>> {
  await page.evaluate((buffered) => {
    // What the language's own types do not know yet.
    interface Source {
      node: Node | null;
      previousRect: DOMRect;
      currentRect: DOMRect;
    }
    interface Entry extends PerformanceEntry {
      hadRecentInput: boolean;
      value: number;
      sources: Source[];
    }
    const shifts: Shift[] = [];
    // A bar's parts are a picture of the counts; a unit, a total and a swatch go with their number: they move as what
    // they tell does. What grows at one end has not moved, nor what grows at both in the middle of a button.
    const hasMoved = ({ node, previousRect: from, currentRect: to }: Source): boolean =>
      !(node instanceof Element && node.matches('.bar__part, .figure__unit, .progress__total, .swatch')) &&
      (from.top !== to.top ||
        (from.left !== to.left && from.right !== to.right && Math.abs(from.left + from.right - to.left - to.right) > 1));
    const name = (node: Node | null): string => {
      const element = node instanceof Element ? node : node?.parentElement;
      return element ? `${element.tagName.toLowerCase()}.${element.className} “${element.textContent?.slice(0, 40)}”` : 'gone';
    };
    const read = (entries: PerformanceEntryList): void => {
      for (const { hadRecentInput, value, sources } of entries as Entry[]) {
        const moved = sources
          .filter(hasMoved)
          .map(({ node, previousRect: from, currentRect: to }) => `${name(node)} ${from.x},${from.y} → ${to.x},${to.y}`);
        if (!hadRecentInput && moved.length > 0) shifts.push({ value, moved });
      }
    };
    const observer = new PerformanceObserver((list) => read(list.getEntries()));
    observer.observe({ type: 'layout-shift', buffered });
    const fleetcastShifts = (): Shift[] => {
      read(observer.takeRecords());
      return shifts;
    };
    Object.assign(window, { fleetcastShifts });
  }, since === 'its start');
  return async () => {
    const shifts = await page.evaluate(() => (window as unknown as { fleetcastShifts: () => Shift[] }).fleetcastShifts());
    expect(shifts, `what has moved by itself on ${page.url()}`).toEqual([]);
  };
}
