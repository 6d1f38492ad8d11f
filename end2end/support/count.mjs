// How many tests of each kind have run, and that none of the kinds has run empty: `node count.mjs target/test`. Reads
// what `make test` has left in that folder.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2] ?? 'target/test';

/** @typedef {{ passed: number, failed: number }} Count */

/** Adds up cargo's "test result: ok. 12 passed; 0 failed; …", one line for each test binary. @returns {Count} */
function rust() {
  const results = [...read('rust.log').matchAll(/^test result: .*? (\d+) passed; (\d+) failed/gm)];
  return { passed: sum(results, 1), failed: sum(results, 2) };
}

/** One line of JSON for each check; other lines list what the checks called. @param {string} file @returns {Count} */
function sdk(file) {
  const records = read(file).split('\n').filter(Boolean).map((line) => JSON.parse(line));
  const checks = records.filter((record) => 'ok' in record);
  return { passed: checks.filter(({ ok }) => ok).length, failed: checks.filter(({ ok }) => !ok).length };
}

/** Playwright's report. A story that passed when it was tried again counts as passed. @returns {Count} */
function browser() {
  const { stats } = browserReport();
  return { passed: stats.expected + stats.flaky, failed: stats.unexpected };
}

function browserReport() {
  return JSON.parse(read('browser.json') || '{"stats":{"expected":0,"unexpected":0,"flaky":0},"suites":[]}');
}

/**
 * Titles of the stories that failed first.
 * @param {{ specs?: any[], suites?: any[] }} suite
 * @returns {string[]}
 */
function unsteady({ specs = [], suites = [] }) {
  const isFlaky = (/** @type {any} */ spec) => spec.tests.some((/** @type {any} */ test) => test.status === 'flaky');
  const here = specs.filter(isFlaky).map((spec) => `${spec.file}: ${spec.title}`);
  return [...here, ...suites.flatMap(unsteady)];
}

/** @param {string} file */
function read(file) {
  try {
    return readFileSync(join(folder, file), 'utf8');
  } catch {
    return '';
  }
}

/**
 * @param {RegExpMatchArray[]} matches
 * @param {number} group
 */
function sum(matches, group) {
  return matches.reduce((total, match) => total + Number(match[group]), 0);
}

const kinds = {
  'Rust tests': rust(),
  'SDK checks (Node)': sdk('sdk-node.jsonl'),
  'SDK checks (Python)': sdk('sdk-python.jsonl'),
  'Browser stories': browser(),
};
const total = { passed: 0, failed: 0 };
for (const [kind, { passed, failed }] of Object.entries(kinds)) {
  total.passed += passed;
  total.failed += failed;
  console.log(`${kind.padEnd(20)}${String(passed).padStart(6)}${passed === 0 ? '   none ran: see the log above' : ''}`);
}
for (const title of browserReport().suites.flatMap(unsteady)) console.log(`passed when tried again: ${title}`);
console.log(`${total.passed} passed, ${total.failed} failed`);
if (total.failed > 0 || Object.values(kinds).some(({ passed }) => passed === 0)) process.exit(1);
