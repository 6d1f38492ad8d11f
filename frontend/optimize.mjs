// Makes all programs in a folder smaller and quicker, in place: what `wasm-opt -O2` does, in one process for all of
// them, because starting it takes longer than most of them do.
//
//   node optimize.mjs FOLDER

import binaryen from 'binaryen';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const { Features } = binaryen;
// What today's rustc may emit. The section of a program that says so is gone by now.
const FEATURES =
  Features.BulkMemory |
  Features.BulkMemoryOpt |
  Features.Multivalue |
  Features.MutableGlobals |
  Features.NontrappingFPToInt |
  Features.ReferenceTypes |
  Features.SignExt;

binaryen.setOptimizeLevel(2);
binaryen.setShrinkLevel(0);

const folder = process.argv[2] ?? '.';
const files = readdirSync(folder).filter((file) => file.endsWith('.wasm'));
if (files.length === 0) {
  console.error(`There is no program in ${folder}. Usage: node optimize.mjs FOLDER`);
  process.exit(1);
}
let [before, after] = [0, 0];
for (const file of files) {
  const path = join(folder, file);
  const bytes = readFileSync(path);
  const program = binaryen.readBinary(bytes);
  program.setFeatures(FEATURES);
  program.optimize();
  if (!program.validate()) throw new Error(`${path} is not a valid program any more`);
  const smaller = program.emitBinary();
  program.dispose();
  writeFileSync(path, smaller);
  before += bytes.length;
  after += smaller.length;
}
/** @param {number} bytes */
const kB = (bytes) => `${Math.round(bytes / 1000).toLocaleString('en')} kB`;
console.log(`${files.length} programs: ${kB(after)}, before ${kB(before)}.`);
