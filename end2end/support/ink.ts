// What is really painted: pixels, since a colour that the style sheet asks for may not be the one that is seen.

import { type Locator, type Page } from '@playwright/test';

/** Pixels around the element that belong to what it is seen against. */
const AROUND = 3;

/** The picture of an element and of a little of what is around it, as pixels. */
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

/** How an element looks: pictures that are the same text cannot be told apart. Empty when there is nothing to see. */
export async function looks(page: Page, element: Locator): Promise<string> {
  const read = await pixels(page, element);
  return new Set(read).size > 1 ? read.join() : '';
}
