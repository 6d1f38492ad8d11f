import { type Page } from '@playwright/test';
import { type Api, lockDoors } from '../support/api.ts';
import { expect, test } from '../support/app.ts';
import { expectState, jobListReady, jobPageReady } from '../support/jobs.ts';

/** Collects the name of whatever moves, frame by frame, from now on. */
async function watchMotion(page: Page): Promise<() => Promise<string[]>> {
  await page.addInitScript(() => {
    const seen = new Set<string>();
    Object.assign(window, { fleetcastMotion: seen });
    const look = (): void => {
      requestAnimationFrame(look);
      for (const animation of document.getAnimations()) {
        if (animation.playState !== 'running') continue;
        const effect = animation.effect as KeyframeEffect | null;
        seen.add(`${effect?.target?.tagName}.${effect?.target?.getAttribute('class')}${effect?.pseudoElement ?? ''}`);
      }
    };
    requestAnimationFrame(look);
  });
  return () => page.evaluate(() => [...(window as unknown as { fleetcastMotion: Set<string> }).fleetcastMotion]);
}

/** A job in which doors answer while one looks, from its list to its end. */
async function watchAJob(page: Page, api: Api): Promise<void> {
  await api.simulate({ latencyMs: { p50: 1_500, p95: 4_000 }, errorShare: 0.2, seed: 7 });
  const { jobId } = await api.createJob(lockDoors());
  await page.goto(`/jobs/${jobId}`);
  await jobPageReady(page);
  await page.getByText('Export', { exact: true }).click();
  await page.keyboard.press('Escape');
  const { outcomes } = await api.finished(jobId);
  await expectState(page, 'Failed', outcomes.failed);
}

test('Nothing moves for who asks for less motion', async ({ page, api }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  const moved = await watchMotion(page);
  await watchAJob(page, api);
  expect(await moved()).toEqual([]);

  await api.simulate({ latencyMs: 3_000 });
  const { jobId } = await api.createJob(lockDoors());
  await page.goto('/jobs');
  await jobListReady(page);
  await page.getByLabel(`More for ${jobId}`).click();
  await page.getByRole('button', { name: 'Copy link', exact: true }).click();
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.keyboard.press('Escape');
  await api.finished(jobId);
  expect(await moved()).toEqual([]);
});

test('For everybody else what runs turns, breathes and marches', async ({ page, api }) => {
  const moved = await watchMotion(page);
  await watchAJob(page, api);
  expect((await moved()).join(' '), 'the story above looks at the right place').toMatch(/bar__part.*live__dot|live__dot.*bar__part/);
});
