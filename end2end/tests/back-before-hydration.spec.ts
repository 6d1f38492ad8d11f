import { lockDoors } from '../support/api.ts';
import { expect, ready, test } from '../support/app.ts';
import { jobPageReady, stateChip } from '../support/jobs.ts';

test('I go Back before a reloaded page is hydrated', async ({ page, api }) => {
  const { jobId } = await api.createJob(lockDoors());
  await api.finished(jobId);
  await page.goto(`/jobs/${jobId}`);
  await jobPageReady(page);
  await stateChip(page, 'Succeeded').click();
  await expect(page).toHaveURL(/state=succeeded/);

  // A slow network: the document is loaded and the WASM module is not.
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  await page.route('**/pkg/*', async (route) => {
    if (!/\.css$/.test(route.request().url())) await released;
    // The page may have been left meanwhile.
    await route.continue().catch(() => undefined);
  });
  await page.reload({ waitUntil: 'domcontentloaded' });
  await expect(stateChip(page, 'Succeeded')).toHaveAttribute('aria-current', 'true');
  await page.evaluate(() => history.back());
  await expect(stateChip(page, 'Succeeded'), 'the page before').not.toHaveAttribute('aria-current', 'true');
  await expect(page).not.toHaveURL(/state=/);
  release();
  await ready(page);
  await stateChip(page, 'Failed').click();
  await expect(page, 'and the page works').toHaveURL(/state=failed/);
});
