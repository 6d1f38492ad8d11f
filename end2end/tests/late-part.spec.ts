import { expect, markDocument, NOBODY_THERE, ready, test } from '../support/app.ts';

/** What a page or a part of one consists of, beside the program that the visit began with. */
const PIECE = /\/pkg\/\d+-\w+\.wasm$/;

// Another size than the other stories', and so a server of its own: it is stopped here.
test.use({ simulatedDevices: 21 });

test.describe('without a server', () => {
  test.use({ allowedComplaints: NOBODY_THERE });

  test('What I open while the server is away comes when it is back', async ({ page, server }) => {
    const missed: string[] = [];
    page.on('requestfailed', (request) => missed.push(request.url()));
    await page.goto('/jobs');
    await ready(page);
    const mark = await markDocument(page);
    const bar = page.getByRole('contentinfo').getByRole('status');

    await server.stop();
    await expect(bar).toHaveText(/^The console does not answer since/);
    // Neither the list of keys nor the page of devices has been fetched so far.
    await page.keyboard.press('?');
    await expect.poll(() => missed, 'it has been asked for').toContainEqual(expect.stringMatching(PIECE));
    await server.startAgain();
    const keys = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
    await expect(keys.getByText('Next failure')).toBeVisible();
    await page.keyboard.press('Escape');

    await server.stop();
    missed.length = 0;
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Devices' }).click();
    await expect.poll(() => missed, 'it has been asked for').toContainEqual(expect.stringMatching(PIECE));
    await server.startAgain();
    await expect(page.getByRole('heading', { level: 1, name: 'Devices' })).toBeVisible();
    await expect(page).toHaveURL(/\/devices$/);
    await mark();
  });
});

test.describe('after an upgrade', () => {
  test.use({ allowedComplaints: /404/ });

  test('A page that outlives its build starts anew', async ({ page }) => {
    await page.goto('/jobs');
    await ready(page);
    await page.route(PIECE, (route) => route.fulfill({ status: 404 }), { times: 1 });
    const loadedAgain = page.waitForEvent('load');
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Devices' }).click();
    await loadedAgain;
    await ready(page);
  });
});

test('A key counts at once when a dialog has been closed', async ({ page }) => {
  await page.goto('/jobs');
  await ready(page);
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('dialog', { name: 'Go to job or device' }).getByRole('combobox')).toBeFocused();
  // Both within one frame, in which the field that is gone still has the focus.
  await page.evaluate(() => {
    document.querySelector<HTMLDialogElement>('dialog[open]')?.close();
    document.body.dispatchEvent(new KeyboardEvent('keydown', { key: '?', bubbles: true, cancelable: true }));
  });
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible();
});
