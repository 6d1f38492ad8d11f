// Layout shifts as the browser measures them: what moved, by which share of the window, and from where to where.

import { expect, type Page } from '@playwright/test';

interface Shift {
  value: number;
  moved: string[];
}

/**
 * Watches the page, from now on or since its navigation. The returned function fails when anything has shifted without
 * input.
 */
export async function watchShifts(page: Page, since: 'now' | 'navigation' = 'now'): Promise<() => Promise<void>> {
  await page.evaluate((buffered) => {
    // Missing in TypeScript's types.
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
    // Parts of a bar, units, totals and swatches move with the number that they belong to. What grows at one end has
    // not moved, nor has centred text of a button that grows at both.
    const elementOf = (node: Node | null) => (node instanceof Element ? node : node?.parentElement);
    const hasMoved = ({ node, previousRect: from, currentRect: to }: Source): boolean => {
      const element = elementOf(node);
      if (element?.matches('.bar__part, .figure__unit, .progress__total, .swatch')) return false;
      if (from.top !== to.top) return true;
      // Text does not end at whole pixels.
      const isSame = (left: number, right: number): boolean => Math.abs(left - right) <= 1;
      const isCentred = isSame(from.left + from.right, to.left + to.right);
      const growsAtOneEnd = isSame(from.left, to.left) || isSame(from.right, to.right);
      return !growsAtOneEnd && !(isCentred && element?.closest('button'));
    };
    const name = (node: Node | null): string => {
      const element = elementOf(node);
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
  }, since === 'navigation');
  return async () => {
    const shifts = await page.evaluate(() => (window as unknown as { fleetcastShifts: () => Shift[] }).fleetcastShifts());
    expect(shifts, `layout shifts on ${page.url()}`).toEqual([]);
  };
}
