import { expect, test } from '../support/app.ts';
import { createJobsOfPages, PAGES } from '../support/pages-under-test.ts';

// The browser logs a page that does not exist as a failed load.
test.use({ allowedProblems: /status of 404/ });

// It opens every page.
test.slow();

test('No page, response, URL or log line contains the hub\'s key', async ({ page, api, server }) => {
  const key = /SharedAccessKey=([^;]+)/.exec(await server.connectionString())?.[1] ?? '';
  expect(key, 'the connection string has a key').not.toBe('');
  const secrets = [key, encodeURIComponent(key), 'SharedAccessSignature sr=', 'primaryKey'];
  const responses: Promise<string>[] = [];
  const pages: string[] = [];
  page.on('response', (response) => {
    const headers = JSON.stringify(response.headers());
    // An event stream has no end.
    const isStream = headers.includes('text/event-stream');
    const body = isStream ? Promise.resolve('') : response.text().catch(() => '');
    responses.push(body.then((text) => [response.url(), headers, text].join('\n')));
  });

  await createJobsOfPages(api);
  for (const { path, content } of PAGES) {
    await page.goto(path);
    await expect(content(page)).toBeVisible();
    pages.push(await page.content());
  }

  const all = [...pages, ...(await Promise.all(responses))];
  expect(all.length, 'responses were read').toBeGreaterThan(20);
  for (const text of [...all, server.log]) {
    const found = secrets.filter((secret) => text.includes(secret));
    expect(found, text.slice(0, 120)).toEqual([]);
  }
});
