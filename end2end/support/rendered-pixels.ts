// Rendered pixels: the colour that is seen need not be the one in the style sheet.

import { type Locator, type Page } from '@playwright/test';

/** Pixels around the element, for its background. */
const AROUND = 3;

/** The pixels of an element and of its surroundings. */
async function pixels(page: Page, element: Locator): Promise<number[]> {
  const box = await element.boundingBox();
  if (box === null) return [];
  const clip = {
    x: Math.max(0, Math.floor(box.x) - AROUND),
    y: Math.max(0, Math.floor(box.y) - AROUND),
    width: Math.ceil(box.width) + 2 * AROUND,
    height: Math.ceil(box.height) + 2 * AROUND,
  };
  const png = (await page.screenshot({ clip, animations: 'disabled' })).toString('base64');
  // Read in an empty page: the console's own policy lets nothing be loaded from data.
  const reader = await page.context().newPage();
  const read = await reader.evaluate(async (png) => {
    const picture = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
    const canvas = new OffscreenCanvas(picture.width, picture.height).getContext('2d');
    canvas?.drawImage(picture, 0, 0);
    const data = canvas?.getImageData(0, 0, picture.width, picture.height).data ?? new Uint8ClampedArray();
    return [...new Uint32Array(data.buffer)];
  }, png);
  await reader.close();
  return read;
}

/** An element's pixels as a string; equal for elements that look the same, empty where nothing is visible. */
export async function renderedPixels(page: Page, element: Locator): Promise<string> {
  const read = await pixels(page, element);
  return new Set(read).size > 1 ? read.join() : '';
}
