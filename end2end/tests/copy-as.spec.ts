import { lockDoors } from '../support/api.ts';
import { expect, test } from '../support/app.ts';
import { jobPageReady } from '../support/jobs.ts';

test('I copy a job as a call for another tool', async ({ page, context, api }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const { jobId } = await api.createJob(lockDoors());
  await api.finished(jobId);
  await page.goto(`/jobs/${jobId}`);
  await jobPageReady(page);

  const copied = () => page.evaluate(() => navigator.clipboard.readText());
  for (const [tool, word] of [
    ['curl', 'curl '],
    ['az', 'az iot hub job create'],
  ] as const) {
    // By keyboard: what writes calls has to come with the focus.
    await page.locator('summary', { hasText: 'Copy as' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: tool }).click();
    await expect.poll(copied).toContain(word);
    expect(await copied()).toContain('lockDoor');
  }
});
