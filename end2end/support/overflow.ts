// Horizontal overflow.

import { expect, type Page } from '@playwright/test';

/** Fails when the page is wider than the window, and names the elements that overflow. */
export async function expectNoHorizontalScroll(page: Page): Promise<void> {
  const overflowing = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    return [...document.querySelectorAll('body *')]
      .filter((element) => element.getBoundingClientRect().right > clientWidth + 1)
      .slice(0, 5)
      .map((element) => `${element.tagName.toLowerCase()}.${element.className} of ${scrollWidth} px`);
  });
  expect(overflowing, `elements of ${page.url()} beyond the window's edge`).toEqual([]);
}
