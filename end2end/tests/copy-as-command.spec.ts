import { lockDoors } from '../support/api.ts';
import { expect, test } from '../support/app.ts';
import { jobPageReady } from '../support/jobs.ts';

test('I copy a job as a command for another tool', async ({ page, context, api, baseURL }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const { jobId } = await api.createJob(lockDoors({ name: 'Lock Building 43' }));
  await api.finished(jobId);
  await page.goto(`/jobs/${jobId}`);
  await jobPageReady(page);

  const copied = () => page.evaluate(() => navigator.clipboard.readText());
  for (const [tool, word] of [
    ['curl', `curl -s ${baseURL}/api/v1/jobs `],
    ['az', '--job-id "lock-building-43-'],
  ] as const) {
    // By keyboard: focusing the menu loads what formats the commands.
    await page.locator('summary', { hasText: 'Copy as' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: tool }).click();
    await expect.poll(copied).toContain(word);
    expect(await copied()).toContain('lockDoor');
  }
});
