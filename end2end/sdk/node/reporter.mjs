// Writes one line per check: for people on stdout, for the conformance page (and the count) as JSON in SDK_RESULTS. An
// area is a `describe`, a check a `test` in it.

import { appendFileSync } from 'node:fs';

const results = process.env.SDK_RESULTS;

/** @param {AsyncIterable<{ type: string, data: any }>} events */
export default async function* report(events) {
  /** Open areas by file, since files report at the same time. @type {Map<string, string>} */
  const areas = new Map();
  let passed = 0;
  let failed = 0;
  for await (const { type, data } of events) {
    if (type === 'test:start' && data.nesting === 0) areas.set(data.file, data.name);
    if (type === 'test:stderr' || type === 'test:stdout') yield data.message;
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const ok = type === 'test:pass';
    // An area fails with its checks; one that fails by itself (a hook) has no other line to say so.
    if (data.details?.type === 'suite' && (ok || data.details.error?.failureType === 'subtestsFailed')) continue;
    ok ? passed++ : failed++;
    const area = areas.get(data.file) ?? '';
    const took = `${(data.details.duration_ms / 1000).toFixed(1)} s`;
    if (results !== undefined) appendFileSync(results, `${JSON.stringify({ area, name: data.name, ok })}\n`);
    yield `${ok ? '✔' : '✖'} Node: ${area}: ${data.name} (${took})\n`;
    if (!ok) yield `${data.details.error?.cause?.stack ?? data.details.error?.stack ?? data.details.error}\n`;
  }
  yield `Node: ${passed} passed, ${failed} failed\n`;
}
