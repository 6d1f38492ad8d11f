// What a page says in every frame that it draws, not only when a story looks: numbers that agree a moment later have
// disagreed for somebody.

import { expect, type Page } from '@playwright/test';

/** What has been seen since {@link watchCounts}. */
export interface Frames {
  /** Frames in which a number of devices was on the page. */
  counted: number;
  /** How many different sets of counts they showed. */
  different: number;
}

interface Watch {
  counted: number;
  seen: string[];
  faults: string[];
}

/**
 * Reads, from the first frame of whatever `page` opens from now on, every number of devices that it shows: chips, bar
 * and figures of a job's page, bar and numbers of each row on the list. In each frame each of them sums to `target`.
 * Returns what asks for the findings; ask before the page is left or loaded again.
 */
export async function watchCounts(page: Page, jobId: string, target: number): Promise<() => Promise<Frames>> {
  await page.addInitScript(
    ([jobId, target]) => {
      const watch: Watch = { counted: 0, seen: [], faults: [] };
      Object.assign(window, { fleetcastCounts: watch });
      const numbers = (text: string | null | undefined): number[] =>
        (text?.replaceAll(',', '').match(/\d+/g) ?? []).map(Number);
      const sum = (counts: number[]): number => counts.reduce((total, count) => total + count, 0);
      const shares = (bar: Element): number =>
        sum([...bar.children].map((part) => Number((part as HTMLElement).style.flexGrow)));
      const shown = (place: Element): Record<string, number> => {
        // What is not there is no number, and so a fault.
        const told: Record<string, number> = { bar: NaN, barInWords: NaN, numbers: NaN };
        if (place.matches('main')) Object.assign(told, { chips: NaN, allChip: NaN });
        const bar = place.querySelector('[role="img"][aria-label].bar');
        if (bar) Object.assign(told, { bar: shares(bar), barInWords: sum(numbers(bar.getAttribute('aria-label'))) });
        const [all, ...states] = [...place.querySelectorAll('[aria-label="Filter devices by state"] strong')].map(
          (chip) => numbers(chip.textContent)[0] ?? NaN,
        );
        if (all !== undefined) Object.assign(told, { chips: sum(states), allChip: all });
        const first = place.querySelector('.figure__value, .progress__numbers > span');
        if (first) told.numbers = numbers(first.textContent)[1] ?? NaN;
        return told;
      };
      // A figure and the bar beside it are one truth too: what has ended is what is neither queued nor in flight.
      const ended = (place: Element): [number | undefined, number] => {
        const words = place.querySelector('.bar')?.getAttribute('aria-label') ?? '';
        const open = sum(numbers(/[\d,]+ queued/.exec(words)?.[0]).concat(numbers(/[\d,]+ in flight/.exec(words)?.[0])));
        const progress = place.querySelector('[aria-label="Progress"] .figure__value, .progress__numbers > span');
        return [progress ? numbers(progress.textContent)[0] : undefined, sum(numbers(words)) - open];
      };
      const look = (): void => {
        requestAnimationFrame(look);
        const places = location.pathname.endsWith(`/${jobId}`)
          ? [...document.querySelectorAll('main.run')]
          : [...document.querySelectorAll('main tbody tr')].filter((row) => row.textContent?.includes(jobId));
        for (const place of places) {
          const told = shown(place);
          // Before the hub has counted them there are no devices to tell of.
          if (sum(Object.values(told).map((count) => count || 0)) === 0) continue;
          watch.counted += 1;
          const [finished, expected] = ended(place);
          const words = `${place.querySelector('.bar')?.getAttribute('aria-label')} ${JSON.stringify(told)} ${finished}`;
          if (watch.seen.at(-1) !== words && !watch.seen.includes(words)) watch.seen.push(words);
          const isTrue =
            Object.values(told).every((count) => count === target) && (finished === undefined || finished === expected);
          if (!isTrue && watch.faults.length < 10) watch.faults.push(words);
        }
      };
      requestAnimationFrame(look);
    },
    [jobId, target] as const,
  );
  return async () => {
    const watch = await page.evaluate(() => (window as unknown as { fleetcastCounts: Watch }).fleetcastCounts);
    expect(watch.faults, `frames of ${page.url()} that do not add up to ${target}`).toEqual([]);
    return { counted: watch.counted, different: watch.seen.length };
  };
}
