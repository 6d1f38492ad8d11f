// `make watch`: rebuilds after a change and restarts the debug server. The page's event stream reconnects, notices the new
// build, and reloads the page.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { watch } from 'chokidar';

const ROOT = join(import.meta.dirname, '..');
const FOLDERS = ['app', 'frontend/src', 'server', 'style'];
/** An editor writes a file in several steps; those within this time are one change. */
const QUIET_MS = 150;

/** @type {import('node:child_process').ChildProcess | undefined} */
let server;
let changed = true;
let building = false;
/** @type {NodeJS.Timeout | undefined} */
let timer;

// Not Node's own: once an editor has saved a file by renaming another over it, that one misses its later changes.
watch(
  FOLDERS.map((folder) => join(ROOT, folder)),
  { ignoreInitial: true },
).on('all', (_event, path) => {
  if (!/\.(rs|toml|scss|svg|sql|woff2)$/.test(path)) return;
  changed = true;
  clearTimeout(timer);
  timer = setTimeout(rebuild, QUIET_MS);
});
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.once(signal, () => stop().then(() => process.exit(0)));
await rebuild();

async function rebuild() {
  if (building) return;
  building = true;
  while (changed) {
    changed = false;
    // The server keeps running until the new one is compiled, also after a compile error.
    const builds = [run('make', 'site', 'SITE_PROFILE=wasm-dev'), run('cargo', 'build', '-p', 'server')];
    if ((await Promise.all(builds)).every(Boolean)) {
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
 * @returns {Promise<boolean>} whether it succeeded
 */
async function run(command, ...args) {
  const child = spawn(command, args, { cwd: ROOT, stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  return code === 0;
}
