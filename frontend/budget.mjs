// Prints what a first page load transfers, file by file, beside its budget: `node budget.mjs SITE`.

import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Bytes of a first page load, compressed. For people to notice waste: nothing fails when it is exceeded. */
const BUDGET = 900_000;

const site = process.argv[2] ?? 'target/site';
const { script, wasm, style, fonts } = JSON.parse(readFileSync(join(site, 'site.json'), 'utf8'));
const kB = (/** @type {number} */ bytes) => (bytes / 1000).toFixed(1).padStart(9);
const size = (/** @type {string} */ file) => statSync(join(site, file), { throwIfNoEntry: false })?.size;

let total = 0;
console.log(`${'plain kB'.padStart(9)}${'sent kB'.padStart(9)}`);
for (const file of [wasm, script, style, ...fonts, '/favicon.svg']) {
  const plain = size(file) ?? 0;
  const sent = size(`${file}.br`) ?? plain;
  total += sent;
  console.log(`${kB(plain)}${kB(sent)}  ${file}`);
}
console.log(`${''.padStart(9)}${kB(total)}  of ${BUDGET / 1000} for a first page load, without the document and its data`);
