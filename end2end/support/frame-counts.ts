// The counts on a page in every frame that it renders, not only when a story reads them.

import { expect, type Page } from '@playwright/test';

/** The frames since {@link watchCounts}. */
export interface Frames {
  /** Frames with counts. */
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
 * Reads, in every frame of whatever `page` opens from now on, all counts of devices: chips, bar, figures, causes, map, grid
 * and rows of a job's page, bar and numbers of the job's row in the list. In each frame each of them must sum to `target`. The returned
 * function checks that; call it before the page is left or loaded again.
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
        // A missing part stays NaN, which is a fault.
        const counts: Record<string, number> = { bar: NaN, barLabel: NaN, numbers: NaN };
        if (place.matches('main')) Object.assign(counts, { chips: NaN, allChip: NaN });
        const bar = place.querySelector('[role="img"][aria-label].bar');
        if (bar) Object.assign(counts, { bar: shares(bar), barLabel: sum(numbers(bar.getAttribute('aria-label'))) });
        const [all, ...states] = [...place.querySelectorAll('[aria-label="Filter devices by state"] strong')].map(
          (chip) => numbers(chip.textContent)[0] ?? NaN,
        );
        if (all !== undefined) Object.assign(counts, { chips: sum(states), allChip: all });
        if (place.matches('main')) Object.assign(counts, snapshot(place));
        const first = place.querySelector(
          '[aria-label="Progress"] .figure__value, [aria-label="Result"] .figure__value, .progress__numbers > span',
        );
        if (first) counts.numbers = numbers(first.textContent)[1] ?? NaN;
        // A job that has not begun, or that was cancelled before, has no such figure.
        else if (place.querySelector('[aria-label="Plan"], .run__nothing')) delete counts.numbers;
        return counts;
      };
      // Causes, map and grid belong to the same snapshot: each equals `target` where it agrees with the bar.
      const snapshot = (place: Element): Record<string, number> => {
        const words = place.querySelector('[role="img"][aria-label].bar')?.getAttribute('aria-label') ?? '';
        const count = (state: string): number => numbers(new RegExp(`[\\d,]+ ${state}`).exec(words)?.[0])[0] ?? 0;
        const problems = ['failed', 'timed out', 'not online', 'interrupted'].map(count);
        const agree = (one: number, other: number): number => target + one - other;
        const found: Record<string, number> = {};
        const note = place.querySelector('#causes-title .panel__note')?.textContent;
        if (note != null) found.causes = agree(numbers(note)[0] ?? NaN, sum(problems));
        const causes = [...place.querySelectorAll('.cause__count')].map((cause) => numbers(cause.textContent)[0] ?? NaN);
        found.causeRows = agree(sum(causes), sum(problems));
        const cells = (state: string): number =>
          (place.querySelector(`.landing__cells path[data-status="${state}"]`)?.getAttribute('d')?.match(/M/g) ?? []).length;
        const drawn = [...place.querySelectorAll('.landing__cells path[data-status]')];
        if (drawn.some((path) => path.getAttribute('d'))) {
          found.failedCells = agree(cells('failed'), count('failed'));
          found.timedOutCells = agree(cells('timedOut') / 2, count('timed out'));
          found.succeededCells = agree(cells('succeeded'), count('succeeded'));
        }
        const grid = place.querySelector('#devices-title .panel__note')?.textContent;
        if (grid != null) found.grid = numbers(grid)[0] ?? NaN;
        // Rows that are older than the counts say so by a button.
        const isHeldBack = [...place.querySelectorAll<HTMLElement>('.run__newer')].some((button) => !button.hidden);
        const rows = [...place.querySelectorAll('.results-table tr[aria-rowindex] td .status')].map((cell) => cell.textContent?.trim());
        if (!isHeldBack && rows.length === target) {
          found.failedRows = agree(rows.filter((state) => state === 'Failed').length, count('failed'));
          found.succeededRows = agree(rows.filter((state) => state === 'Succeeded').length, count('succeeded'));
        }
        return found;
      };
      // Figure and bar must agree too: what has ended is neither queued nor in flight; an ended job's row counts what
      // succeeded.
      const ended = (place: Element): [number | undefined, number] => {
        const words = place.querySelector('.bar')?.getAttribute('aria-label') ?? '';
        const open = sum(numbers(/[\d,]+ queued/.exec(words)?.[0]).concat(numbers(/[\d,]+ in flight/.exec(words)?.[0])));
        const progress = place.querySelector('[aria-label="Progress"] .figure__value, .progress__numbers > span');
        const status = place.querySelector('.status')?.textContent ?? '';
        const isOver = place.matches('tr') && !/Queued|Scheduled|Running/.test(status);
        const succeeded = sum(numbers(/[\d,]+ succeeded/.exec(words)?.[0]));
        const expected = isOver ? succeeded : sum(numbers(words)) - open;
        return [progress ? numbers(progress.textContent)[0] : undefined, expected];
      };
      const readFrame = (): void => {
        requestAnimationFrame(readFrame);
        const places = location.pathname.endsWith(`/${jobId}`)
          ? [...document.querySelectorAll('main.run')]
          : [...document.querySelectorAll('main tbody tr')].filter((row) => row.textContent?.includes(jobId));
        for (const place of places) {
          const counts = shown(place);
          // There are none before the hub has counted the devices: nothing shows one, and what only agrees with the bar does.
          const devices = ['bar', 'barLabel', 'numbers', 'chips', 'allChip', 'grid'].map((part) => counts[part] || 0);
          if (sum(devices) === 0) continue;
          watch.counted += 1;
          const [finished, expected] = ended(place);
          const words = `${place.querySelector('.bar')?.getAttribute('aria-label')} ${JSON.stringify(counts)} ${finished}`;
          if (watch.seen.at(-1) !== words && !watch.seen.includes(words)) watch.seen.push(words);
          const isTrue =
            Object.values(counts).every((count) => count === target) && (finished === undefined || finished === expected);
          if (!isTrue && watch.faults.length < 10) watch.faults.push(words);
        }
      };
      requestAnimationFrame(readFrame);
    },
    [jobId, target] as const,
  );
  return async () => {
    const watch = await page.evaluate(() => (window as unknown as { fleetcastCounts: Watch }).fleetcastCounts);
    expect(watch.faults, `frames of ${page.url()} that do not add up to ${target}`).toEqual([]);
    return { counted: watch.counted, different: watch.seen.length };
  };
}
