// Turns the results of a run into docs/hub-conformance.md: a row for each check, a column for each SDK, and what of the
// SDKs no check calls, with the reason.

import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { checks as gaps, operations as reasons } from './not-offered.mjs';

const ROOT = join(import.meta.dirname, '../..');
const PAGE = join(ROOT, 'docs/hub-conformance.md');
const SDKS = /** @type {const} */ (['node', 'python']);
const TITLES = { node: 'Node', python: 'Python' };

/** @typedef {typeof SDKS[number]} Sdk */
/** @typedef {{ area: string, name: string, ok: boolean }} Check */
/** @typedef {{ sdk: Sdk, type: string, offered: string[], called: string[] }} Surface */

/** @param {string} folder of the results @returns {number} exit code */
export function comparePage(folder) {
  const { page, problems } = compose(folder);
  if (problems.length === 0 && page !== readPage()) {
    problems.push(`${relative(ROOT, PAGE)} does not tell what passes: run "make conformance-doc" and look at the change.`);
  }
  for (const problem of problems) console.error(problem);
  return problems.length === 0 ? 0 : 1;
}

/** @param {string} folder of the results @returns {number} exit code */
export function writePage(folder) {
  const { page, problems } = compose(folder);
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) return 1;
  writeFileSync(PAGE, page);
  console.log(`Wrote ${relative(ROOT, PAGE)}.`);
  return 0;
}

function readPage() {
  try {
    return readFileSync(PAGE, 'utf8');
  } catch {
    return '';
  }
}

/** @param {string} folder */
function compose(folder) {
  /** @type {string[]} */
  const problems = [];
  const results = { node: read(folder, 'node'), python: read(folder, 'python') };
  for (const sdk of SDKS) {
    if (results[sdk].checks.length === 0) problems.push(`No check of the ${TITLES[sdk]} SDKs has run.`);
  }
  const total = SDKS.map((sdk) => results[sdk].checks.length);
  const page = `# What the official SDKs can do with the embedded hub

Written by \`make conformance-doc\` from a run of the checks in [end2end/sdk](../end2end/sdk), and compared with a run by
\`make test-sdk\`: each line is a check that drives the SDK, unmodified, against the hub's TLS ports. What the hub does
otherwise than IoT Hub is in [hub-differences.md](hub-differences.md); how to point an SDK at it, and what was seen to
work with the SDKs of C# and Java, which these checks do not run, in [sdk.md](sdk.md).

| SDK | Packages | Checks |
|---|---|---|
| Node | ${nodePackages()} | ${total[0]} |
| Python | ${pythonPackages()} | ${total[1]} |

"no" means that the SDK cannot do it, with IoT Hub neither.

${areas(results, problems)}

## Operations that no check calls

Every public operation of these classes is called by a check, but for those named here.

${surfaces(SDKS.flatMap((sdk) => results[sdk].surfaces), problems)}`;
  return { page, problems };
}

/**
 * @param {Record<Sdk, { checks: Check[] }>} results
 * @param {string[]} problems
 */
function areas(results, problems) {
  /** @type {Map<string, Map<string, Set<Sdk>>>} */
  const table = new Map();
  for (const sdk of SDKS) {
    for (const { area, name, ok } of results[sdk].checks) {
      const rows = table.get(area) ?? new Map();
      table.set(area, rows);
      const passed = rows.get(name) ?? new Set();
      rows.set(name, passed);
      if (!ok) problems.push(`${TITLES[sdk]}: ${area}: ${name} has failed.`);
      else if (passed.has(sdk)) problems.push(`${TITLES[sdk]}: ${area}: ${name} is there twice.`);
      else passed.add(sdk);
    }
  }
  const unused = new Set(gaps);
  let text = '';
  for (const [area, rows] of sorted(table)) {
    text += `## ${area}\n\n| Check | Node | Python |\n|---|---|---|\n`;
    for (const [name, passed] of sorted(rows)) {
      const cells = SDKS.map((sdk) => {
        if (passed.has(sdk)) return 'passes';
        const gap = gaps.find((gap) => gap.sdk === sdk && area.startsWith(gap.area) && name.startsWith(gap.check));
        if (gap === undefined) problems.push(`${TITLES[sdk]} has no check "${area}: ${name}" and not-offered.mjs no reason.`);
        else unused.delete(gap);
        return gap?.because ?? '';
      });
      text += `| ${name} | ${cells.join(' | ')} |\n`;
    }
    text += '\n';
  }
  for (const { sdk, area, check } of unused) problems.push(`not-offered.mjs: no such gap (any more): ${sdk}, ${area}: ${check}`);
  return text.trimEnd();
}

/**
 * @param {Surface[]} surfaces one for each test process
 * @param {string[]} problems
 */
function surfaces(surfaces, problems) {
  let text = '| SDK | Class | Called | Not called |\n|---|---|---|---|\n';
  for (const sdk of SDKS) {
    const types = [...new Set(surfaces.filter((surface) => surface.sdk === sdk).map(({ type }) => type))].sort();
    for (const type of types) {
      const same = surfaces.filter((surface) => surface.sdk === sdk && surface.type === type);
      const called = new Set(same.flatMap((surface) => surface.called));
      const missing = [...new Set(same.flatMap((surface) => surface.offered))].filter((name) => !called.has(name)).sort();
      for (const name of missing) {
        if (reasons[type]?.[name] === undefined) problems.push(`No check calls ${name} of ${type}, and not-offered.mjs has no reason.`);
      }
      for (const name of Object.keys(reasons[type] ?? {})) {
        if (called.has(name)) problems.push(`not-offered.mjs: ${name} of ${type} is called by a check.`);
      }
      const [name, class_] = type.split(' ');
      /** @type {Map<string, string[]>} */
      const told = new Map();
      for (const operation of missing) {
        const reason = reasons[type]?.[operation] ?? '';
        told.set(reason, [...(told.get(reason) ?? []), `\`${operation}\``]);
      }
      const untold = [...told].map(([reason, operations]) => `${operations.join(', ')}: ${reason}`);
      text += `| ${TITLES[sdk]} \`${name}\` | \`${class_}\` | ${called.size} | ${untold.join('; ')} |\n`;
    }
  }
  return text;
}

/**
 * @param {string} folder
 * @param {Sdk} sdk
 * @returns {{ checks: Check[], surfaces: Surface[] }}
 */
function read(folder, sdk) {
  const lines = readFileSync(join(folder, `sdk-${sdk}.jsonl`), 'utf8').trim().split('\n').filter(Boolean);
  const records = lines.map((line) => JSON.parse(line));
  return {
    checks: records.filter((record) => 'area' in record),
    surfaces: records.filter((record) => 'offered' in record).map((surface) => ({ sdk, ...surface })),
  };
}

function nodePackages() {
  const { devDependencies } = JSON.parse(readFileSync(join(ROOT, 'end2end/package.json'), 'utf8'));
  return ['azure-iothub', 'azure-iot-device', 'azure-iot-device-mqtt']
    .map((name) => `\`${name}\` ${devDependencies[name]}`)
    .join(', ');
}

function pythonPackages() {
  const pins = readFileSync(join(import.meta.dirname, 'requirements.txt'), 'utf8');
  return ['azure-iot-hub', 'azure-iot-device']
    .map((name) => `\`${name}\` ${new RegExp(`^${name}==(\\S+)`, 'm').exec(pins)?.[1]}`)
    .join(', ');
}

/**
 * @template T
 * @param {Map<string, T>} map
 */
function sorted(map) {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}
