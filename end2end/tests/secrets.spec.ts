import { expect, test } from '../support/app.ts';
import { everyPage } from '../support/pages.ts';

// The browser logs the page that is not there as a failed load.
test.use({ allowedComplaints: /status of 404/ });

test('No page, answer, address or log line holds the hub\'s key', async ({ page, api, server }) => {
  const key = /SharedAccessKey=([^;]+)/.exec(await server.connectionString())?.[1] ?? '';
  expect(key, 'the connection string has a key').not.toBe('');
  const secrets = [key, encodeURIComponent(key), 'SharedAccessSignature sr=', 'primaryKey'];
  const told: Promise<string>[] = [];
  const pages: string[] = [];
  page.on('response', (response) => {
    const headers = JSON.stringify(response.headers());
    // A stream's body never ends.
    const isStream = headers.includes('text/event-stream');
    const body = isStream ? Promise.resolve('') : response.text().catch(() => '');
    told.push(body.then((text) => [response.url(), headers, text].join('\n')));
  });

  for (const { path, content } of await everyPage(api)) {
    await page.goto(path);
    await expect(content(page)).toBeVisible();
    pages.push(await page.content());
  }

  const all = [...pages, ...(await Promise.all(told))];
  expect(all.length, 'answers were read').toBeGreaterThan(20);
  for (const text of [...all, server.log]) {
    const found = secrets.filter((secret) => text.includes(secret));
    expect(found, text.slice(0, 120)).toEqual([]);
  }
});
