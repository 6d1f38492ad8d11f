// Makes one program of those that a page consists of. What calls from one into another went through a table that they
// share; within one it can go directly, which also lets Binaryen see who calls whom.

import binaryen from 'binaryen';
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The tool of the library's that joins programs. */
const MERGE = join(dirname(createRequire(import.meta.url).resolve('binaryen')), 'bin/wasm-merge');
/** How the parts call the program that they are linked to. */
const SHARED = '__wasm_split';
/** In the name of a function that calls another program's through the table. */
const INDIRECT = ' indirect_call_shim';

/**
 * Joins `parts` into the file `to`, and the program `shared` that they are linked to; all are files in `folder`. A door in
 * the place of that program leaves them to be linked.
 *
 * @param {string} folder
 * @param {string} shared
 * @param {string[]} parts
 * @param {string} to
 * @param {string[]} features of WebAssembly that they use, as wasm-merge calls them
 */
export function joinPrograms(folder, shared, parts, to, features) {
  const named = [[shared, SHARED], ...parts.map((part, index) => [part, `part${index}`])];
  const files = named.flatMap(([file = '', name = '']) => [join(folder, file), name]);
  const flags = features.map((feature) => `--enable-${feature}`);
  execFileSync(process.execPath, [MERGE, ...files, '-g', '-o', to, ...flags], { stdio: 'pipe' });
}

/**
 * Has `program` call directly what lies in itself. What another program will put into the table stays a call through it.
 *
 * @param {binaryen.Module} program
 */
export function callDirectly(program) {
  const { table, functions } = contents(program);
  const all = Array.from({ length: program.getNumFunctions() }, (_, index) => program.getFunctionByIndex(index));
  for (const { name, params, results, body } of all.map(binaryen.getFunctionInfo)) {
    const target = name.includes(INDIRECT) && functions.get(calledPlace(body));
    if (!target) continue;
    const operands = binaryen.expandType(params).map((type, local) => program.local.get(local, type));
    program.removeFunction(name);
    program.addFunction(name, params, results, [], program.call(target, operands, results));
  }
  fill(program, table, functions);
}

/**
 * The table's name, and the function at each place of it that has one.
 *
 * @param {binaryen.Module} program
 */
function contents(program) {
  /** @type {Map<number, string>} */
  const functions = new Map();
  let table = '';
  for (let index = 0; index < program.getNumElementSegments(); index += 1) {
    const segment = binaryen.getElementSegmentInfo(program.getElementSegmentByIndex(index));
    const start = constant(segment.offset);
    segment.data.forEach((name, place) => name && functions.set(start + place, name));
    table = segment.table;
  }
  return { table, functions };
}

/**
 * Puts `functions` into the table, in as few pieces as there can be: each program had its own.
 *
 * @param {binaryen.Module} program
 * @param {string} table
 * @param {Map<number, string>} functions by place
 */
function fill(program, table, functions) {
  for (const segment of program.getTableSegments(table)) program.removeElementSegment(segment);
  const places = [...functions].sort(([one], [two]) => one - two);
  for (let first = 0, next = 0; first < places.length; first = next) {
    const start = places[first]?.[0] ?? 0;
    while (places[next]?.[0] === start + next - first) next += 1;
    const names = places.slice(first, next).map(([, name]) => name);
    program.addActiveElementSegment(table, `from${start}`, names, program.i32.const(start));
  }
}

/**
 * The place in the table that the function with this body calls, and nothing else.
 *
 * @param {number} body
 */
function calledPlace(body) {
  let call = binaryen.getExpressionInfo(body);
  if (call.id === binaryen.BlockId) {
    const [only = 0, ...more] = /** @type {binaryen.BlockInfo} */ (call).children;
    if (more.length === 0) call = binaryen.getExpressionInfo(only);
  }
  if (call.id !== binaryen.CallIndirectId) throw new Error('a call through the table looks otherwise than it did');
  return constant(/** @type {binaryen.CallIndirectInfo} */ (call).target);
}

/** @param {number} expression */
function constant(expression) {
  const info = binaryen.getExpressionInfo(expression);
  if (info.id !== binaryen.ConstId) throw new Error('a place in the table is not a constant');
  return Number(/** @type {binaryen.ConstInfo} */ (info).value);
}
