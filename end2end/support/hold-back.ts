// Late answers: for stories about what a page does meanwhile.

import { type Page } from '@playwright/test';

/** Holds matching requests back. `held` resolves with the first of them, `release` lets them go. */
export async function holdBack(
  page: Page,
  what: RegExp,
): Promise<{ held: () => Promise<unknown>; release: () => Promise<void> }> {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const first = page.waitForRequest(what);
  await page.route(what, async (route) => {
    await released;
    await route.continue().catch(() => undefined);
  });
  return {
    held: () => first,
    release: async () => {
      release();
      await page.unroute(what);
    },
  };
}
