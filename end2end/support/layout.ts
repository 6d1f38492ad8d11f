// What is measured on the page, not read from it.

import { expect, type Page } from '@playwright/test';

/** Fails when the page is wider than the window, and names what sticks out. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const overhang = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    return [...document.querySelectorAll('body *')]
      .filter((element) => element.getBoundingClientRect().right > clientWidth + 1)
      .slice(0, 5)
      .map((element) => `${element.tagName.toLowerCase()}.${element.className} of ${scrollWidth} px`);
  });
  expect(overhang, `elements of ${page.url()} beyond the window's edge`).toEqual([]);
}
