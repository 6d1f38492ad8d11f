import { lockDoors } from '../support/api.ts';
import { expect, ready, test } from '../support/app.ts';
import { jobPageReady, stateChip } from '../support/jobs.ts';

test('I go Back before the program of a reloaded page is there', async ({ page, api }) => {
  const { jobId } = await api.createJob(lockDoors());
  await api.finished(jobId);
  await page.goto(`/jobs/${jobId}`);
  await jobPageReady(page);
  await stateChip(page, 'Succeeded').click();
  await expect(page).toHaveURL(/state=succeeded/);

  // A slow line: the document is there and the program is not.
  let arrive = (): void => undefined;
  const line = new Promise<void>((resolve) => (arrive = resolve));
  await page.route('**/pkg/*', async (route) => {
    if (!/\.css$/.test(route.request().url())) await line;
    // The page may have been left meanwhile.
    await route.continue().catch(() => undefined);
  });
  await page.reload({ waitUntil: 'domcontentloaded' });
  await expect(stateChip(page, 'Succeeded')).toHaveAttribute('aria-current', 'true');
  await page.evaluate(() => history.back());
  await expect(stateChip(page, 'Succeeded'), 'the page before').not.toHaveAttribute('aria-current', 'true');
  await expect(page).not.toHaveURL(/state=/);
  arrive();
  await ready(page);
  await stateChip(page, 'Failed').click();
  await expect(page, 'and it lives').toHaveURL(/state=failed/);
});
