import { expect, ready, test } from '../support/app.ts';

// Another size than the other stories', and so a server of its own: a job of theirs with a name in other scripts has
// the page load a further font.
test.use({ simulatedDevices: 5 });

test('Site files are fetched once and cached for a year', async ({ page }) => {
  const fetched: string[] = [];
  const lifetimes = new Map<string, string | undefined>();
  page.on('response', (response) => {
    const { pathname } = new URL(response.url());
    if (!pathname.startsWith('/pkg/')) return;
    fetched.push(pathname);
    lifetimes.set(pathname, response.headers()['cache-control']);
  });
  const kinds = () => [...new Set(fetched)].map((path) => path.split('.').pop()).sort();
  await page.goto('/jobs');
  await ready(page);
  const expected = ['css', 'js', 'wasm', 'woff2', 'woff2'];
  await expect.poll(kinds, 'one WASM module, one script, one style sheet, two fonts').toEqual(expected);
  for (const [path, lifetime] of lifetimes) {
    expect(path, 'the name holds a hash').toMatch(/-[A-Z0-9]{8}\.\w+$/);
    expect(lifetime, path).toBe('public, max-age=31536000, immutable');
  }
  /** The files that came over the network, not from the cache. */
  const transferred = () =>
    page.evaluate(() =>
      performance
        .getEntriesByType('resource')
        .map((entry) => entry as PerformanceResourceTiming)
        .filter(({ name, transferSize }) => name.includes('/pkg/') && transferSize > 0)
        .map(({ name }) => new URL(name).pathname),
    );
  await expect.poll(async () => (await transferred()).sort(), 'nothing twice').toEqual([...lifetimes.keys()].sort());

  await page.goto('/devices');
  await ready(page);
  expect(await transferred(), 'the next page').toEqual([]);
  await page.goto('/jobs/new');
  await ready(page);
  expect(await transferred()).toEqual([]);
});

test('Files without a hash in their name are revalidated each time', async ({ request }) => {
  const icon = await request.get('/favicon.svg');
  expect(icon.headers()['cache-control']).toBe('no-cache');
  const again = await request.get('/favicon.svg', { headers: { 'if-none-match': icon.headers().etag ?? 'none' } });
  expect([again.status(), again.headers()['cache-control']]).toEqual([304, 'no-cache']);
  const former = await request.get('/pkg/fleetcast-AAAAAAAA.wasm');
  expect(former.status(), 'of another build').toBe(404);
});
