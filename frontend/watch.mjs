// `make watch`: rebuilds what a change touches, starts the debug server again, and leaves the rest to the page: its event
// stream reconnects, sees that another build answers, and loads the page anew.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const FOLDERS = ['app', 'frontend/src', 'server', 'style'];
/** An editor writes a file in several steps; this long after the last of them counts as one change. */
const QUIET_MS = 150;

/** @type {import('node:child_process').ChildProcess | undefined} */
let server;
let changed = true;
let building = false;
/** @type {NodeJS.Timeout | undefined} */
let timer;

for (const folder of FOLDERS) {
  watch(join(ROOT, folder), { recursive: true }, (_event, file) => {
    if (file !== null && !/\.(rs|toml|scss|svg|sql|woff2)$/.test(file)) return;
    changed = true;
    clearTimeout(timer);
    timer = setTimeout(rebuild, QUIET_MS);
  });
}
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.once(signal, () => stop().then(() => process.exit(0)));
await rebuild();

async function rebuild() {
  if (building) return;
  building = true;
  while (changed) {
    changed = false;
    // The server that runs stays until the new one is compiled: a typing error does not take the page away.
    if ((await run('make', 'site', 'SITE_PROFILE=dev')) && (await run('cargo', 'build', '-p', 'server'))) {
      await stop();
      start();
    }
  }
  building = false;
  console.log(`\n== Watching ${FOLDERS.join(', ')}`);
}

function start() {
  server = spawn(join(ROOT, 'target/debug/fleetcast'), ['--data-dir', 'data', ...process.argv.slice(2)], {
    cwd: ROOT,
    stdio: 'inherit',
  });
}

async function stop() {
  const running = server;
  server = undefined;
  if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
  const gone = once(running, 'exit');
  running.kill('SIGTERM');
  await gone;
}

/**
 * @param {string} command
 * @param {string[]} args
 * @returns {Promise<boolean>} whether it went well
 */
async function run(command, ...args) {
  const child = spawn(command, args, { cwd: ROOT, stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  return code === 0;
}
