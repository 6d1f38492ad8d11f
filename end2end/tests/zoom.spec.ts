import { lockDoors } from '../support/api.ts';
import { expect, test } from '../support/app.ts';
import { jobPageReady } from '../support/jobs.ts';
import { expectNoSidewaysScroll } from '../support/layout.ts';
import { everyPage } from '../support/pages.ts';

// A window of 1440 by 900 at 200 %, with twice the pixels for each of the page's.
test.use({
  viewport: { width: 720, height: 450 },
  deviceScaleFactor: 2,
  // The browser logs the page that is not there as a failed load.
  allowedComplaints: /status of 404/,
});

test('At 200 % nothing sticks out of the window', async ({ page, api }) => {
  for (const { path, content } of await everyPage(api)) {
    await test.step(path, async () => {
      await page.goto(path);
      await expect(content(page)).toBeVisible();
      await expectNoSidewaysScroll(page);
    });
  }
});

test('At 200 % whatever has the focus is in sight, and not behind a bar', async ({ page, api }) => {
  await api.simulate({ errorShare: 0.3, seed: 7 });
  const { jobId } = await api.createJob(lockDoors());
  await api.finished(jobId);
  await page.goto(`/jobs/${jobId}`);
  await jobPageReady(page);
  const behind: string[] = [];
  for (let step = 0; step < 45; step += 1) {
    await page.keyboard.press('Tab');
    const hidden = await page.evaluate(() => {
      const focused = document.activeElement;
      if (!focused || focused === document.body) return undefined;
      const { left, top, width, height } = focused.getBoundingClientRect();
      const there = document.elementFromPoint(left + width / 2, top + height / 2);
      const isSeen = there && (focused.contains(there) || there.contains(focused) || there.closest('label')?.contains(focused));
      return isSeen ? undefined : `${focused.tagName} “${focused.textContent?.trim().slice(0, 40)}” at ${top}, under ${there?.className}`;
    });
    if (hidden !== undefined) behind.push(hidden);
  }
  expect(behind).toEqual([]);
});
