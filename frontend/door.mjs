// A door to a program: it passes on all that the program lends, and has nothing itself. Parts that are joined with the
// door instead of the program are linked to that later, and ask for each thing once, not each of them for a memory and a
// table of its own.

import binaryen from 'binaryen';

/** What parts behind a door call the program that they are linked to. */
const PROGRAM = 'program';
/** What a program lends to its glue alone. */
const GLUE = /^(__wbindgen|hydrate$)/;

/** @type {Record<number, string>} */
const KINDS = {
  [binaryen.ExternalFunction]: 'func',
  [binaryen.ExternalGlobal]: 'global',
  [binaryen.ExternalMemory]: 'memory',
  [binaryen.ExternalTable]: 'table',
};

/** @type {Record<number, string>} */
const TYPES = {
  [binaryen.i32]: 'i32',
  [binaryen.i64]: 'i64',
  [binaryen.f32]: 'f32',
  [binaryen.f64]: 'f64',
};

/**
 * The door to `shared`, a program as bytes.
 *
 * @param {Uint8Array} shared
 * @returns {Uint8Array}
 */
export function doorTo(shared) {
  const program = binaryen.readBinary(shared);
  const lines = lent(program)
    .filter(({ name }) => !GLUE.test(name))
    .map(({ kind, name, value }, index) => {
      const [what, quoted] = [`${KINDS[kind]} $${index}`, JSON.stringify(name)];
      return `(import "${PROGRAM}" ${quoted} (${what} ${shape(program, kind, value)})) (export ${quoted} (${what}))`;
    });
  program.dispose();
  const door = binaryen.parseText(`(module ${lines.join('\n')})`);
  const bytes = door.emitBinary();
  door.dispose();
  return bytes;
}

/**
 * Has `program`, which was joined with a door, pass on nothing itself. What none of its parts asks for can go then.
 *
 * @param {binaryen.Module} program
 */
export function closeDoor(program) {
  lent(program).forEach(({ name }) => program.removeExport(name));
}

/** @param {binaryen.Module} program */
function lent(program) {
  return Array.from({ length: program.getNumExports() }, (_, index) =>
    binaryen.getExportInfo(program.getExportByIndex(index)),
  );
}

/**
 * What an import says of a thing.
 *
 * @param {binaryen.Module} program
 * @param {number} kind
 * @param {string} name
 */
function shape(program, kind, name) {
  const types = (/** @type {number} */ type) => binaryen.expandType(type).map((it) => TYPES[it]).join(' ');
  switch (kind) {
    case binaryen.ExternalFunction: {
      const { params, results } = binaryen.getFunctionInfo(program.getFunction(name));
      return `(param ${types(params)}) (result ${types(results)})`;
    }
    case binaryen.ExternalGlobal: {
      const { type, mutable } = binaryen.getGlobalInfo(program.getGlobal(name));
      return mutable ? `(mut ${TYPES[type]})` : `${TYPES[type]}`;
    }
    case binaryen.ExternalMemory:
      return `${program.getMemoryInfo(name).initial}`;
    case binaryen.ExternalTable:
      return `${binaryen.getTableInfo(program.getTable(name)).initial} funcref`;
    default:
      throw new Error(`nobody has told how ${name} is passed on`);
  }
}
