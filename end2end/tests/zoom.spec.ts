import { lockDoors } from '../support/api.ts';
import { expect, test } from '../support/app.ts';
import { jobPageReady } from '../support/jobs.ts';

// A window of 1440 by 900 at 200 %, with twice the pixels for each of the page's.
test.use({
  viewport: { width: 720, height: 450 },
  deviceScaleFactor: 2,
});

test('At 200 % the focused element is visible, and not behind a bar', async ({ page, api }) => {
  await api.simulate({ errorShare: 0.3, seed: 7 });
  const { jobId } = await api.createJob(lockDoors());
  await api.finished(jobId);
  await page.goto(`/jobs/${jobId}`);
  await jobPageReady(page);
  const behind: string[] = [];
  let seen = 0;
  for (let step = 0; step < 45; step += 1) {
    await page.keyboard.press('Tab');
    const hidden = await page.evaluate(() => {
      const focused = document.activeElement;
      if (!focused || focused === document.body) return 'nothing';
      const { left, top, width, height } = focused.getBoundingClientRect();
      const there = document.elementFromPoint(left + width / 2, top + height / 2);
      const isSeen = there && (focused.contains(there) || there.contains(focused) || there.closest('label')?.contains(focused));
      return isSeen ? undefined : `${focused.tagName} “${focused.textContent?.trim().slice(0, 40)}” at ${top}, under ${there?.className}`;
    });
    if (hidden === undefined) seen += 1;
    else if (hidden !== 'nothing') behind.push(hidden);
  }
  expect(behind).toEqual([]);
  expect(seen, 'visible elements that had the focus').toBeGreaterThan(20);
});
