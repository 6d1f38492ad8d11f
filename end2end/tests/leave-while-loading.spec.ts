import { type Page } from '@playwright/test';
import { lockDoors } from '../support/api.ts';
import { expect, ready, test } from '../support/app.ts';
import { holdBack } from '../support/hold-back.ts';

/** Follows a link to an address of the console. */
async function follow(page: Page, to: string): Promise<void> {
  await page.evaluate((href) => {
    const link = Object.assign(document.createElement('a'), { href });
    document.body.append(link);
    link.click();
    link.remove();
  }, to);
}

test('Leaving a page before its answer arrives causes no error', async ({ page, api }) => {
  const { jobId } = await api.createJob(lockDoors());
  await api.finished(jobId);
  await page.goto('/devices');
  await ready(page);
  const heading = (name?: string) => page.getByRole('main').getByRole('heading', { level: 1, ...(name ? { name } : {}) });
  for (const [to, answer] of [
    ['/jobs?tab=finished', /\/fn\/jobs\?/],
    [`/jobs/${jobId}?device=door-0001`, /\/fn\/job-snapshot\?/],
    [`/jobs/new?from=${jobId}`, /\/fn\/job-form\?/],
    ['/jobs/new?method=lockDoor&query=tags.kind', /\/fn\/preview/],
    ['/devices?cols=status', /\/fn\/devices\?/],
    ['/devices?query=building+40&facet=tags.building', /\/fn\/devices\?/],
    ['/devices/door-0001', /\/fn\/device\?/],
    ['/simulator', /\/fn\/simulator$/],
  ] as const) {
    await test.step(to, async () => {
      const late = await holdBack(page, answer);
      await follow(page, to);
      await late.held();
      await follow(page, '/no-such-page');
      await expect(heading('Page not found')).toBeVisible();
      const arrived = page.waitForResponse(answer);
      await late.release();
      await (await arrived).finished();
      await follow(page, to);
      await expect(heading('Page not found'), 'links still work').toHaveCount(0);
      await expect(heading()).toBeVisible();
    });
  }
});
