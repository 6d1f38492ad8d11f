// Tables as a person reads them: a row by what its cells say under the heads of their columns.

import { expect, type Locator, type Page } from '@playwright/test';

type Cells = Record<string, string | RegExp>;

/** The list of jobs. */
export function jobTable(page: Page): Locator {
  return page.getByRole('table', { name: /^Jobs/ });
}

/** The devices of a job, on its page. */
export function deviceJobTable(page: Page): Locator {
  return page.getByRole('table', { name: 'Devices of this job' });
}

/** The list of devices. */
export function deviceTable(page: Page): Locator {
  return page.getByRole('table', { name: /^Devices, / });
}

/** Desired and reported properties, on a device's page. */
export function twinTable(page: Page): Locator {
  return page.getByRole('region', { name: 'Desired and reported properties' }).getByRole('table');
}

/** Waits until the table has a row whose cells contain these texts, each under the head of its column. */
export async function expectRow(table: Locator, cells: Cells, timeout?: number): Promise<void> {
  const wanted = Object.entries(cells).map(([head, text]) => [
    head,
    typeof text === 'string' ? expect.stringContaining(text) : expect.stringMatching(text),
  ]);
  await expect
    .poll(() => rows(table), { message: 'rows of the table', ...(timeout ? { timeout } : {}) })
    .toContainEqual(expect.objectContaining(Object.fromEntries(wanted)));
}

/** The rows of a table, each as the texts of its cells by the heads of their columns. None while there is no table. */
async function rows(table: Locator): Promise<Record<string, string>[]> {
  const found = await table.evaluateAll((tables) =>
    (tables as HTMLTableElement[]).flatMap((table) => {
      const text = (cell: HTMLTableCellElement) => cell.innerText.replace(/\s+/g, ' ').trim();
      const heads = [...(table.tHead?.rows[0]?.cells ?? [])].map(text);
      return [...table.tBodies].flatMap((body) => [...body.rows]).map((row) => [...row.cells].map((cell, at) => [heads[at] ?? '', text(cell)]));
    }),
  );
  return found.map((cells) => Object.fromEntries(cells) as Record<string, string>);
}
