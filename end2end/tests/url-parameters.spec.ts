import { type Browser, type Page } from '@playwright/test';
import { type Api, lockDoors } from '../support/api.ts';
import { expect, ready, test, watch } from '../support/app.ts';
import { deviceRow, deviceRows, jobListReady, jobPageReady } from '../support/jobs.ts';

// More devices than a page of the list holds.
const DEVICES = 120;
test.use({ simulatedDevices: DEVICES });

/** A URL parameter: how a user sets it, and what is on the page while it is set. */
interface Parameter {
  name: string;
  set: (page: Page) => Promise<unknown>;
  shown: (page: Page) => Promise<unknown>;
  /** Typing replaces the history entry, so Back does not undo it. */
  typed?: boolean;
}

/** Sets the parameters one after the other. They hold after a reload and in another browser, and Back removes each. */
async function expectInUrl(
  page: Page,
  browser: Browser,
  isReady: (page: Page) => Promise<unknown>,
  parameters: Parameter[],
  /** Responses to wait for at each step, if any. */
  reads?: RegExp,
): Promise<void> {
  const has = (name: string) => (url: URL) => url.searchParams.has(name);
  for (const { name, set, shown } of parameters) {
    await set(page);
    await expect(page, name).toHaveURL(has(name));
    await shown(page);
  }
  const other = await browser.newContext();
  const problems = watch(other);
  const elsewhere = await other.newPage();
  await elsewhere.goto(page.url());
  for (const { shown } of parameters) await shown(elsewhere);
  await other.close();
  expect(problems, 'problems in the other browser').toEqual([]);
  await page.reload();
  await isReady(page);
  for (const { shown } of parameters) await shown(page);
  for (const { name } of parameters.filter(({ typed }) => !typed).reverse()) {
    const read = reads && page.waitForResponse(reads);
    await page.goBack();
    await expect(page, `Back takes ${name} away`).toHaveURL((url) => !has(name)(url));
    await read;
  }
}

/** A finished job with failed devices. */
async function failingJob(api: Api): Promise<string> {
  await api.connected(DEVICES);
  await api.simulate({ errorShare: 0.3, seed: 7 });
  const { jobId } = await api.createJob(lockDoors());
  await api.finished(jobId);
  return jobId;
}

test('Whatever I choose on the page of a job is in its URL', async ({ page, browser, api }) => {
  const jobId = await failingJob(api);
  const device = (await api.results(jobId)).find(({ outcome }) => outcome === 'failed')?.deviceId ?? 'none';
  const order = (shown: Page) => shown.getByRole('combobox', { name: 'Order' });
  await page.goto(`/jobs/${jobId}`);
  await jobPageReady(page);
  await expectInUrl(page, browser, jobPageReady, [
    {
      name: 'cause',
      set: (on) => on.getByRole('region', { name: 'Causes' }).getByRole('link', { name: /^Show the/ }).click(),
      shown: (on) => expect(on.getByRole('link', { name: /^Remove/ })).toBeVisible(),
    },
    {
      name: 'order',
      set: (on) => order(on).selectOption('By device'),
      shown: (on) => expect(order(on)).toHaveValue('device'),
    },
    {
      name: 'device',
      set: (on) => deviceRow(on, device).getByRole('link').click(),
      shown: (on) => expect(on.getByRole('complementary', { name: `Device ${device}` })).toContainText('Hub says'),
    },
  ]);
  await expectInUrl(page, browser, jobPageReady, [
    {
      name: 'cell',
      set: async (on) => {
        await on.getByRole('img', { name: /in the order/ }).focus();
        await on.keyboard.press('ArrowRight');
        await on.keyboard.press('Enter');
      },
      shown: (on) => expect(deviceRows(on)).toHaveCount(1),
    },
    {
      name: 'find',
      set: async (on) => {
        const [only] = await deviceRows(on).allInnerTexts();
        await on.getByRole('searchbox', { name: 'Find a device' }).fill(only ?? 'none');
      },
      shown: async (on) => {
        const found = await on.getByRole('searchbox', { name: 'Find a device' }).inputValue();
        await expect(deviceRows(on)).toHaveText([found]);
      },
      typed: true,
    },
  ]);
});

test('Whatever I choose on the list of jobs is in its URL', async ({ page, browser, api }) => {
  const jobId = await failingJob(api);
  const token = (name: string, value: string): Parameter => ({
    name,
    set: async (on) => {
      const field = on.getByRole('combobox', { name: 'Add a filter' });
      await field.fill(`${name}=${value}`);
      await field.press('Enter');
    },
    shown: (on) => expect(on.getByRole('link', { name: `Remove ${name} ${value}` })).toBeVisible(),
  });
  const tab = (on: Page) => on.getByRole('navigation', { name: 'Job lists' }).getByRole('link', { name: /^Finished/ });
  const head = (on: Page) => on.getByRole('columnheader', { name: 'Job', exact: true });
  await page.goto('/jobs');
  await jobListReady(page);
  await expectInUrl(page, browser, jobListReady, [
    { name: 'tab', set: (on) => tab(on).click(), shown: (on) => expect(tab(on)).toHaveAttribute('aria-current', 'page') },
    {
      name: 'sort',
      set: (on) => head(on).getByRole('link').click(),
      shown: (on) => expect(head(on)).toHaveAttribute('aria-sort', 'ascending'),
    },
    token('status', 'with-failures'),
    token('action', 'lock'),
    token('since', '24h'),
    {
      name: 'q',
      set: async (on) => {
        const field = on.getByRole('combobox', { name: 'Add a filter' });
        await field.fill(jobId);
        await field.press('Enter');
      },
      shown: (on) => expect(on.getByRole('row').filter({ hasText: jobId })).toBeVisible(),
    },
  ], /\/fn\/jobs/);
  const nothing = [token('target', 'nowhere'), token('longer', '2h')];
  await expectInUrl(page, browser, jobListReady, nothing, /\/fn\/jobs/);
});

test('Whatever I choose on the list of devices is in its URL', async ({ page, browser, api }) => {
  await api.connected(DEVICES);
  const bar = (on: Page) => on.getByRole('textbox', { name: 'Device query' });
  const query = "deviceId = 'door-0007'";
  await page.goto('/devices');
  await ready(page);
  await expectInUrl(page, browser, ready, [
    {
      name: 'facet',
      set: (on) =>
        on.getByRole('list', { name: 'Narrow by', exact: true }).getByRole('link', { name: 'floor', exact: true }).click(),
      shown: (on) => expect(on.getByRole('group', { name: 'Devices by floor' }).getByRole('link').first()).toBeVisible(),
    },
    {
      name: 'cols',
      set: async (on) => {
        await on.getByText('Columns', { exact: true }).click();
        await on.getByRole('link', { name: 'Show wing' }).click();
      },
      shown: (on) => expect(on.getByRole('columnheader', { name: 'wing' })).toBeVisible(),
    },
  ]);
  await page.goto('/devices');
  await ready(page);
  await expectInUrl(page, browser, ready, [
    {
      name: 'query',
      set: async (on) => {
        await bar(on).fill(query);
        await bar(on).press('Enter');
      },
      shown: async (on) => {
        await expect(on.getByText('1 device matches')).toBeVisible();
        await expect(bar(on)).toHaveValue(query);
      },
    },
  ]);
  await expect(page.getByText(`${DEVICES} devices match`)).toBeVisible();
  await expectInUrl(page, browser, ready, [
    {
      name: 'after',
      set: (on) => on.getByRole('link', { name: 'Next devices' }).click(),
      shown: (on) => expect(on.getByRole('row').filter({ hasText: 'door-0101' })).toBeVisible(),
    },
  ]);
});

test('The view of a twin and the initial values of a form are in the URL', async ({ page, browser }) => {
  const choice = (on: Page) =>
    on.getByRole('navigation', { name: 'Show properties' }).getByRole('link', { name: /^JSON/ });
  await page.goto('/devices/door-0001');
  await ready(page);
  await expectInUrl(page, browser, ready, [
    {
      name: 'show',
      set: (on) => choice(on).click(),
      shown: (on) => expect(choice(on)).toHaveAttribute('aria-current', 'true'),
    },
  ]);

  const query = "tags.building = '40'";
  await page.goto(`/jobs/new?${new URLSearchParams({ type: 'tags', query, when: 'later' })}`);
  await expect(page.getByRole('radio', { name: 'Tags' })).toBeChecked();
  await expect(page.getByRole('textbox', { name: 'Query condition' })).toHaveValue(query);
  await expect(page.getByRole('radio', { name: /At a set time/ })).toBeChecked();
});
