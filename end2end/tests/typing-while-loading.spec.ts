import { type Locator } from '@playwright/test';
import { lockDoors } from '../support/api.ts';
import { expect, ready, test } from '../support/app.ts';
import { holdBack } from '../support/hold-back.ts';
import { jobListReady, jobPageReady, stateChip } from '../support/jobs.ts';

/** Types a word and moves the caret before its last character. */
async function type(field: Locator, word: string): Promise<void> {
  await field.fill('');
  await field.pressSequentially(word);
  await field.press('ArrowLeft');
}

async function expectTyped(field: Locator, word: string): Promise<void> {
  await expect(field).toHaveValue(word);
  await expect(field, 'the focus').toBeFocused();
  const caret = await field.evaluate((input: HTMLInputElement) => input.selectionStart);
  expect(caret, 'the caret').toBe(word.length - 1);
}

test('What I type while a list of jobs loads stays', async ({ page, api }) => {
  const locked = await api.createJob(lockDoors());
  await api.finished(locked.jobId);
  const unlocked = await api.createJob(lockDoors({ cloudToDeviceMethod: { methodName: 'unlockDoor' } }));
  await api.finished(unlocked.jobId);
  await page.goto('/jobs');
  await jobListReady(page);
  const row = (jobId: string) => page.getByRole('row').filter({ has: page.getByRole('link', { name: jobId }) });
  const field = page.getByRole('combobox', { name: 'Add a filter' });
  const tab = (name: RegExp) => page.getByRole('navigation', { name: 'Job lists' }).getByRole('link', { name });
  const head = page.getByRole('columnheader', { name: 'Job', exact: true });
  const enter = async (words: string) => {
    await field.fill(words);
    await field.press('Enter');
  };
  const gone = (jobId: string) => expect(row(jobId)).toHaveCount(0);
  const here = (jobId: string) => expect(row(jobId)).toBeVisible();
  for (const [how, start, expectResult] of [
    ['a filter', () => enter('action=unlock'), () => gone(locked.jobId)],
    ['a filter taken away', () => page.getByRole('link', { name: 'Remove action unlock' }).click(), () => here(locked.jobId)],
    ['a column', () => head.getByRole('link').click(), () => expect(head).toHaveAttribute('aria-sort', 'ascending')],
    ['a word', () => enter('unlock'), () => gone(locked.jobId)],
    ['an empty list', () => tab(/^Scheduled/).click(), () => expect(page.getByRole('heading', { level: 2 })).toBeVisible()],
    ['another list', () => tab(/^All/).click(), () => here(unlocked.jobId)],
    ['Back', () => page.goBack(), () => gone(unlocked.jobId)],
  ] as const) {
    await test.step(how, async () => {
      const { held, release } = await holdBack(page, /\/fn\/jobs/);
      await start();
      await held();
      await type(field, 'west');
      await release();
      await expectResult();
      await expectTyped(field, 'west');
    });
  }
});

test('What I type while devices load stays', async ({ page, simulatedDevices }) => {
  await page.goto('/devices');
  await ready(page);
  const field = page.getByRole('textbox', { name: 'Device query' });
  await expect(page.getByText(`${simulatedDevices} devices match`)).toBeVisible();
  const { held, release } = await holdBack(page, /\/fn\/devices/);
  await field.fill("deviceId = 'door-0007'");
  await field.press('Enter');
  await held();
  await type(field, 'tags.f');
  const offer = page.getByRole('option', { name: 'tags.floor' });
  await expect(offer).toBeVisible();
  await release();
  await expect(page.getByText('1 device matches')).toBeVisible();
  await expectTyped(field, 'tags.f');
  await expect(offer, 'and its completion').toBeVisible();
});

test('What I type to find a device stays while its job is filtered', async ({ page, api }) => {
  const { jobId } = await api.createJob(lockDoors());
  await api.finished(jobId);
  await page.goto(`/jobs/${jobId}`);
  await jobPageReady(page);
  const field = page.getByRole('searchbox', { name: 'Find a device' });
  const rows = page.getByRole('table', { name: 'Devices of this job' }).getByRole('rowheader');
  const { held, release } = await holdBack(page, /\/fn\/job-snapshot/);
  // A space at the end begins the next word; it does not change the search.
  await field.pressSequentially('door-0007 ');
  await held();
  await expect(page).toHaveURL(/find=door-0007$/);
  await expect(field).toHaveValue('door-0007 ');
  await field.pressSequentially('x');
  await stateChip(page, 'Succeeded').click();
  await expect(field, 'text that is not searched for yet').toHaveValue('door-0007 x');
  await field.fill('door-0007 ');
  await release();
  await expect(page).toHaveURL(/state=succeeded&find=door-0007$/);
  await expect(rows).toHaveText(['door-0007']);
  await expect(field).toHaveValue('door-0007 ');
  await expect(field, 'the focus').toBeFocused();
});
