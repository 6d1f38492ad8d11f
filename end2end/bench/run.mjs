// The budgets of the product, measured on the release build: `node end2end/bench/run.mjs [--quick] [--strict]`.
//
// --quick takes small fleets and less than a minute; --strict fails when a budget is missed. Figures depend on the
// machine: compare two runs of one machine, not two machines.

import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

const RELEASE = join(import.meta.dirname, '../../target/release/fleetcast');
// Read by the module that starts servers, so set before it is loaded.
process.env.FLEETCAST_BIN ??= resolve(RELEASE);
const { Server } = await import('../support/process.mjs');
const { get, jobRate, latencies, latenciesAtRate, p99, post, residentMemory, untilConnected } = await import(
  './measure.mjs'
);

const quick = process.argv.includes('--quick');
const DEVICES = quick ? 500 : 5_000;
const PAGE_LOAD = { perSecond: 200, seconds: quick ? 5 : 30 };
const PREVIEWS = quick ? 50 : 500;

/** @typedef {{ what: string, value: number, unit: string, atMost?: number, atLeast?: number }} Figure */
/** @type {Figure[]} */
const figures = [];

await program();
const idleMemory = await idle();
await fleet();
report();

/** The program as it lies on disk, and what a first visit transfers. */
async function program() {
  const site = join(import.meta.dirname, '../../target/site');
  const files = readdirSync(site, { recursive: true, encoding: 'utf8' }).map((file) => join(site, file));
  const compressed = new Set(files.filter((file) => file.endsWith('.br')));
  const sent = files.filter((file) => statSync(file).isFile() && !compressed.has(`${file}.br`) && !file.endsWith('.txt'));
  const bytes = sent.reduce((sum, file) => sum + statSync(file).size, 0);
  figures.push({ what: 'first visit, Brotli', value: bytes / 1000, unit: 'kB', atMost: 350 });
}

/** A server with nothing to do. Returns its memory in bytes. */
async function idle() {
  const server = await Server.start({ simulatedDevices: 0 });
  try {
    const memory = await residentMemory(server);
    figures.push({ what: 'memory, no devices', value: memory / 1e6, unit: 'MB', atMost: 60 });
    await server.stop();
    const start = performance.now();
    await server.startAgain();
    figures.push({ what: 'start, warm folder', value: performance.now() - start, unit: 'ms', atMost: 1000 });
    return memory;
  } finally {
    await server.remove();
  }
}

/** A server with its pool in the same process, so that a figure holds both ends. */
async function fleet() {
  const server = await Server.start({ simulatedDevices: DEVICES });
  try {
    await untilConnected(server, DEVICES);
    await patchSimulator(server, { latencyMs: 0 });
    const perDevice = ((await residentMemory(server)) - idleMemory) / DEVICES / 1000;
    figures.push({ what: `memory a device, ${DEVICES} online`, value: perDevice, unit: 'kB', atMost: 40 });

    const method = await jobRate(server, { type: 'scheduleDeviceMethod', cloudToDeviceMethod: { methodName: 'lockDoor' } });
    figures.push({ what: `method job, ${DEVICES} devices`, value: method, unit: 'results/s', ...(quick ? {} : { atLeast: 10_000 }) });
    const twin = await jobRate(server, {
      type: 'scheduleUpdateTwin',
      updateTwin: { etag: '*', properties: { desired: { Building: '43' } } },
    });
    figures.push({ what: `twin job, ${DEVICES} devices`, value: twin, unit: 'devices/s' });

    const queryCondition = "properties.desired.Building = '43' AND deviceId != 'nobody'";
    const previews = await latencies(PREVIEWS, () => post(server, '/api/v1/targets/preview', { queryCondition }));
    figures.push({ what: 'preview, p99', value: p99(previews), unit: 'ms', atMost: 500 });

    for (const path of ['/jobs', '/devices']) {
      const pages = await latenciesAtRate(PAGE_LOAD, () => get(server, path));
      figures.push({ what: `${path} at ${PAGE_LOAD.perSecond}/s, p99`, value: p99(pages), unit: 'ms', atMost: 25 });
    }
  } finally {
    await server.remove();
  }
}

/**
 * @param {import('../support/process.mjs').Server} server
 * @param {object} changes
 */
async function patchSimulator(server, changes) {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${server.url}/api/v1/simulator`, { method: 'PATCH', headers, body: JSON.stringify(changes) });
  if (!answer.ok) throw new Error(`the simulator answered ${answer.status}: ${await answer.text()}`);
}

function report() {
  for (const { what, value, unit, atMost, atLeast } of figures) {
    const budget = atMost !== undefined ? `at most ${atMost}` : atLeast !== undefined ? `at least ${atLeast}` : '';
    const mark = isMissed({ value, atMost, atLeast }) ? 'MISSED' : '';
    console.log(`${what.padEnd(32)}${value.toFixed(1).padStart(12)} ${unit.padEnd(10)}  ${budget.padEnd(16)}${mark}`.trimEnd());
  }
  if (process.argv.includes('--strict') && figures.some(isMissed)) process.exitCode = 1;
}

/** @param {Pick<Figure, 'value' | 'atMost' | 'atLeast'>} figure */
function isMissed({ value, atMost = Infinity, atLeast = -Infinity }) {
  return !(value <= atMost && value >= atLeast);
}
