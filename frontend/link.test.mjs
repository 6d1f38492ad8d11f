// Joins three small programs as the build joins those of a page, and runs what comes of it.

import assert from 'node:assert/strict';
import binaryen from 'binaryen';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { closeDoor, doorTo } from './door.mjs';
import { callDirectly, joinPrograms } from './link.mjs';

const folder = mkdtempSync(join(tmpdir(), 'fleetcast-link-'));
after(() => rmSync(folder, { recursive: true }));

const FEATURES = binaryen.Features.MutableGlobals | binaryen.Features.ReferenceTypes;
const TABLE = '__indirect_function_table';
const BORROWED = `
  (import "__wasm_split" "memory" (memory $memory 1))
  (import "__wasm_split" "${TABLE}" (table $table 4 funcref))
  (type $number (func (param i32) (result i32)))`;

const shared = write('shared', `
  (memory (export "memory") 1)
  (table (export "${TABLE}") 4 funcref)
  (global (export "offset") (mut i32) (i32.const 7))
  (func (export "twice") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
  (func (export "__wbindgen_start"))`);
const parts = [
  // Puts `2 x + 7` at the first place of the table, and leaves x in the memory.
  write('one', `${BORROWED}
    (import "__wasm_split" "offset" (global $offset (mut i32)))
    (import "__wasm_split" "twice" (func $twice (type $number)))
    (elem (table $table) (i32.const 0) func $place0)
    (func $place0 (type $number)
      (i32.store (i32.const 16) (local.get 0))
      (i32.add (call $twice (local.get 0)) (global.get $offset)))`),
  // Puts at the second place what adds 1 to what is at the first.
  write('other', `${BORROWED}
    (elem (table $table) (i32.const 1) func $place1)
    (func $"place0 indirect_call_shim" (type $number)
      (call_indirect $table (type $number) (local.get 0) (i32.const 0)))
    (func $place1 (type $number)
      (i32.add (call $"place0 indirect_call_shim" (local.get 0)) (i32.const 1)))`),
];

/**
 * Writes a program for the tests, and keeps the names of its functions.
 *
 * @param {string} name
 * @param {string} fields
 */
function write(name, fields) {
  const program = binaryen.parseText(`(module ${fields})`);
  program.setFeatures(FEATURES);
  binaryen.setDebugInfo(true);
  const bytes = program.emitBinary();
  program.dispose();
  writeFileSync(join(folder, name), bytes);
  return { name, bytes };
}

/**
 * The parts and the program that they are linked to, or a door to it, as one.
 *
 * @param {string} first
 */
function joined(first) {
  const to = join(folder, `${first}.joined`);
  joinPrograms(folder, first, parts.map(({ name }) => name), to, ['mutable-globals', 'reference-types']);
  const program = binaryen.readBinary(readFileSync(to));
  program.setFeatures(FEATURES);
  callDirectly(program);
  return program;
}

/** @param {binaryen.Module} program */
function compiled(program) {
  program.optimize();
  assert.ok(program.validate());
  const calls = program.emitText().match(/call_indirect/g) ?? [];
  const module = new WebAssembly.Module(Uint8Array.from(program.emitBinary()));
  program.dispose();
  return { module, calls };
}

/** @param {any} exports */
const call = (exports, place = 0) => exports[TABLE].get(place)(5);

test('a page is one program, whose calls go directly', () => {
  const { module, calls } = compiled(joined(shared.name));
  const { exports } = new WebAssembly.Instance(module);
  assert.deepEqual([call(exports, 0), call(exports, 1)], [17, 18]);
  assert.deepEqual(calls, []);
});

test('parts behind a door are linked to a program that runs', () => {
  writeFileSync(join(folder, 'door'), doorTo(shared.bytes));
  const program = joined('door');
  closeDoor(program);
  const { module, calls } = compiled(program);
  assert.deepEqual(calls, []);
  assert.deepEqual(WebAssembly.Module.exports(module), []);
  const asked = WebAssembly.Module.imports(module).map(({ module: from, name }) => `${from} ${name}`);
  assert.deepEqual(asked.sort(), ['memory', TABLE, 'offset', 'twice'].map((name) => `program ${name}`).sort());

  const running = /** @type {any} */ (new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(shared.bytes))).exports);
  running.offset.value = 8;
  new WebAssembly.Instance(module, { program: running });
  assert.equal(call(running, 1), 19, 'what it has changed since');
  assert.equal(new Int32Array(running.memory.buffer)[4], 5, 'one memory');
});
