import { type Page } from '@playwright/test';
import { type Api, lockDoors } from '../support/api.ts';
import { expect, test } from '../support/app.ts';
import { expectState, jobListReady, jobMenu, jobPageReady } from '../support/jobs.ts';

/** Collects the names of animated elements, frame by frame, from now on. */
async function watchMotion(page: Page): Promise<() => Promise<string[]>> {
  await page.addInitScript(() => {
    const seen = new Set<string>();
    Object.assign(window, { fleetcastMotion: seen });
    const readFrame = (): void => {
      requestAnimationFrame(readFrame);
      for (const animation of document.getAnimations()) {
        if (animation.playState !== 'running') continue;
        const effect = animation.effect as KeyframeEffect | null;
        seen.add(`${effect?.target?.tagName}.${effect?.target?.getAttribute('class')}${effect?.pseudoElement ?? ''}`);
      }
    };
    requestAnimationFrame(readFrame);
  });
  return () => page.evaluate(() => [...(window as unknown as { fleetcastMotion: Set<string> }).fleetcastMotion]);
}

/** Opens a running job and waits until it has ended. */
async function watchAJob(page: Page, api: Api): Promise<void> {
  const { jobId, end } = await api.createOpenJob({ latencyMs: { p50: 1_500, p95: 4_000 }, errorShare: 0.2 });
  await page.goto(`/jobs/${jobId}`);
  await jobPageReady(page);
  await page.getByText('Export', { exact: true }).click();
  await page.keyboard.press('Escape');
  await end();
  const { outcomes } = await api.finished(jobId);
  await expectState(page, 'Failed', outcomes.failed);
}

test('With reduced motion nothing is animated', async ({ page, api }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  const moved = await watchMotion(page);
  await watchAJob(page, api);
  expect(await moved()).toEqual([]);

  await api.simulate({ latencyMs: 3_000 });
  const { jobId } = await api.createJob(lockDoors());
  await page.goto('/jobs');
  await jobListReady(page);
  await jobMenu(page, jobId).click();
  await page.getByRole('button', { name: 'Copy link', exact: true }).click();
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.keyboard.press('Escape');
  await api.finished(jobId);
  expect(await moved()).toEqual([]);
});

test('Without reduced motion a running job is animated', async ({ page, api }) => {
  const moved = await watchMotion(page);
  await watchAJob(page, api);
  expect((await moved()).join(' '), 'these are what the story above looks for').toMatch(/bar__part.*live__dot|live__dot.*bar__part/);
});
