import { type Page } from '@playwright/test';
import { expect, ready, test } from '../support/app.ts';

test.use({ allowedProblems: /panicked|unreachable|Unrecoverable|hydration/ });

async function expectNotice(page: Page): Promise<void> {
  const notice = page.getByRole('alert').filter({ hasText: 'This page has stopped working. Reload it.' });
  await expect(notice).toBeVisible();
  await notice.getByRole('button', { name: 'Reload' }).click();
  await ready(page);
  await expect(notice, 'no notice on a page that works').toBeHidden();
}

test('A panic in the browser is shown on the page and written to the server’s log', async ({ page, server }) => {
  // A document that the app cannot hydrate, as a proxy or an extension may make it.
  await page.route(
    '**/devices',
    async (route) => {
      const answer = await route.fetch();
      const text = await answer.text();
      const body = text.replace(/<a [^>]*class="skip-link">.*?<\/a>/, '<!--gone-->');
      expect(body, 'something is missing').not.toBe(text);
      await route.fulfill({ response: answer, body });
    },
    { times: 1 },
  );
  await page.goto('/devices');
  await expect.poll(() => server.log).toMatch(/a page has stopped working in a browser page="\/devices" reported="panicked at /);
  await expectNotice(page);
});

test('A WASM trap is shown on the page and logged, even over an open dialog', async ({ page, server }) => {
  await page.goto('/jobs');
  await ready(page);
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('dialog', { name: 'Go to job or device' })).toBeVisible();
  // What a browser reports for a trap without a panic, such as a stack overflow.
  await page.evaluate(() => {
    const error = new WebAssembly.RuntimeError('memory access out of bounds');
    window.dispatchEvent(new ErrorEvent('error', { error }));
  });
  await expect.poll(() => server.log).toContain('memory access out of bounds');
  await expectNotice(page);
});

test('An error of a browser extension is neither shown nor logged', async ({ page, server }) => {
  await page.goto('/jobs');
  await ready(page);
  const reports: string[] = [];
  page.on('request', (request) => reports.push(new URL(request.url()).pathname));
  await page.evaluate(() => {
    window.dispatchEvent(new ErrorEvent('error', { error: new Error('an extension failed') }));
    // A report would be sent in the listener, so before this one.
    return fetch('/healthz');
  });
  expect(reports).toContain('/healthz');
  expect(reports).not.toContain('/client-errors');
  expect(server.log).not.toContain('an extension failed');
  await expect(page.getByText('This page has stopped working')).toBeHidden();
});
