// Finishes the programs that the browser's was split into, in place: each page gets one of all that it consists of, with
// which a visit begins, and for every part that may come after it one of what this lacks of that. All are made smaller and
// quicker, by what `wasm-opt -O2` does. Smaller settings of Binaryen's (-Os, -Oz) save bytes that Brotli would save
// anyway, and cost others.
//
//   node programs.mjs FOLDER NAME
//
// FOLDER holds NAME_bg.wasm, which all pages share, and pages.json, which says what each needs beside it.

import binaryen from 'binaryen';
import { readFileSync, readdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { closeDoor, doorTo } from './door.mjs';
import { callDirectly, joinPrograms } from './link.mjs';

/**
 * @typedef {{ file: string, shared?: string, parts: string[] }} Task a program to finish, and what it is made of where it
 *   is made of others: of the shared program, or the door to it, and these
 * @typedef {{ before: number, after: number }} Sizes in bytes
 */

const { Features } = binaryen;
/** The end of the name of a part, which comes when it is first used. */
const PART = '_part';
/** The end of the name of the door to the shared program. */
const DOOR = '_door';
/** What today's rustc may emit, by its name at wasm-merge. The section of a program that says so is gone by now. */
const FEATURES = {
  'bulk-memory': Features.BulkMemory,
  'bulk-memory-opt': Features.BulkMemoryOpt,
  multivalue: Features.Multivalue,
  'mutable-globals': Features.MutableGlobals,
  'nontrapping-float-to-int': Features.NontrappingFPToInt,
  'reference-types': Features.ReferenceTypes,
  'sign-ext': Features.SignExt,
};

if (isMainThread) await main();
else parentPort?.on('message', (task) => parentPort?.postMessage(finish(task)));

async function main() {
  const [, , folder = '.', name = ''] = process.argv;
  const shared = `${name}_bg.wasm`;
  const files = readdirSync(folder).filter((file) => file.endsWith('.wasm'));
  if (!files.includes(shared)) {
    console.error(`There is no ${shared} in ${folder}. Usage: node programs.mjs FOLDER NAME`);
    process.exit(1);
  }
  const manifest = join(folder, 'pages.json');
  /** @type {Record<string, string[]>} */
  const pages = JSON.parse(readFileSync(manifest, 'utf8'));
  const door = `${name}${DOOR}`;
  writeFileSync(join(folder, door), doorTo(readFileSync(join(folder, shared))));
  /** @type {Task[]} */
  const tasks = [];
  const all = Object.entries(pages);
  const whole = all.filter(([page]) => !page.endsWith(PART));
  for (const [page, parts] of whole) {
    tasks.push({ file: `${page}.wasm`, shared, parts });
    for (const [part, needed] of all.filter(([name]) => name.endsWith(PART))) {
      const lacking = needed.filter((file) => !parts.includes(file));
      if (lacking.length <= 1) continue;
      // As every piece is called: after its number comes the build.
      const file = `${page}-${part}-${lacking[0]?.split('-')[1]}`;
      tasks.push({ file, shared: door, parts: lacking });
      pages[`${page}-${part}`] = [file];
    }
  }
  // Joined before any of them is changed.
  const features = Object.keys(FEATURES);
  for (const { file, shared = '', parts } of tasks) joinPrograms(folder, shared, parts, join(folder, file), features);
  unlinkSync(join(folder, door));
  const sizes = await share([...tasks, ...files.map((file) => ({ file, parts: [] }))], folder);
  for (const [page] of whole) pages[page] = [`${page}.wasm`];
  writeFileSync(manifest, `${JSON.stringify(pages, null, 2)}\n`);

  const sum = (/** @type {keyof Sizes} */ key) => sizes.reduce((total, it) => total + it[key], 0);
  /** @param {number} bytes */
  const kB = (bytes) => `${Math.round(bytes / 1000).toLocaleString('en')} kB`;
  console.log(`${sizes.length} programs: ${kB(sum('after'))}, before ${kB(sum('before'))}.`);
}

/**
 * Has as many threads as there are processors finish `tasks`, in this order.
 *
 * @param {Task[]} tasks
 * @param {string} folder
 * @returns {Promise<Sizes[]>}
 */
async function share(tasks, folder) {
  /** @type {Sizes[]} */
  const sizes = [];
  const left = [...tasks];
  const one = () =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL(import.meta.url), { workerData: folder });
      const next = () => {
        const task = left.shift();
        if (task) worker.postMessage(task);
        else worker.terminate().then(resolve, reject);
      };
      worker.on('error', reject);
      worker.on('message', (/** @type {Sizes} */ size) => {
        sizes.push(size);
        next();
      });
      next();
    });
  await Promise.all(Array.from({ length: availableParallelism() }, one));
  return sizes;
}

/**
 * @param {Task} task
 * @returns {Sizes}
 */
function finish({ file, shared }) {
  const path = join(workerData, file);
  const bytes = readFileSync(path);
  const program = binaryen.readBinary(bytes);
  program.setFeatures(Object.values(FEATURES).reduce((all, feature) => all | feature, Features.MVP));
  if (shared) callDirectly(program);
  if (shared?.endsWith(DOOR)) closeDoor(program);
  binaryen.setOptimizeLevel(2);
  binaryen.setShrinkLevel(0);
  // Brotli likes a long function that stands alone better than one that is lost in its only caller.
  binaryen.setOneCallerInlineMaxSize(30);
  binaryen.setAlwaysInlineMaxSize(4);
  program.optimize();
  if (!program.validate()) throw new Error(`${path} is not a valid program any more`);
  const smaller = program.emitBinary();
  program.dispose();
  writeFileSync(path, smaller);
  return { before: bytes.length, after: smaller.length };
}
