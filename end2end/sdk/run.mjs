// Runs the SDK tests: `node end2end/sdk/run.mjs [file for the TAP report]`.
//
// The Node service SDK knows only port 443, so each run gets a network of its own, with nothing in it but a loopback
// interface. That needs no rights on most systems; where it is not allowed the real ports are used if they can be.
// In there a hub is started, and the tests get what any developer's process has: a connection string, and the hub's CA
// in NODE_EXTRA_CA_CERTS. A `*.test.mjs` beside this file is picked up by itself.

import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Server } from '../support/process.mjs';

const PORTS = [443, 8883];
const LISTEN = ['--hub-tls-listen', '127.0.0.1:443', '--mqtt-tls-listen', '127.0.0.1:8883'];
const INSIDE = 'FLEETCAST_SDK_NETWORK';
const report = process.argv[2];

process.exitCode = process.env[INSIDE] === undefined ? await enterNetwork() : await runTests();

/** Comes back to this file with the ports free. */
async function enterNetwork() {
  const again = [process.execPath, fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  if (run(['unshare', '-rn', 'ip', 'link', 'set', 'lo', 'up'], { stdio: 'ignore' }) === 0) {
    const env = { ...process.env, [INSIDE]: 'own' };
    return run(['unshare', '-rn', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh', ...again], { env });
  }
  if ((await Promise.all(PORTS.map(canListen))).every(Boolean)) {
    return run(again, { env: { ...process.env, [INSIDE]: 'shared' } });
  }
  console.error(
    `Neither a network namespace ("unshare -rn" with iproute2) nor the ports ${PORTS.join(' and ')} can be had here: ` +
      'run as a user who may do one of the two.',
  );
  return 1;
}

async function runTests() {
  const hub = await Server.start({ simulatedDevices: 0, flags: LISTEN });
  try {
    const tests = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.test.mjs'));
    return run(
      [
        process.execPath,
        '--test',
        '--test-reporter=spec',
        '--test-reporter-destination=stdout',
        ...(report === undefined ? [] : ['--test-reporter=tap', `--test-reporter-destination=${report}`]),
        ...tests.map((file) => join(import.meta.dirname, file)),
      ],
      {
        env: {
          ...process.env,
          NODE_EXTRA_CA_CERTS: join(hub.dataDir, 'tls', 'ca.pem'),
          IOTHUB_CONNECTION_STRING: await hub.connectionString(),
        },
      },
    );
  } finally {
    await hub.remove();
  }
}

/**
 * @param {string[]} command
 * @param {import('node:child_process').SpawnSyncOptions} [options]
 */
function run([program = '', ...args], options) {
  return spawnSync(program, args, { stdio: 'inherit', ...options }).status ?? 1;
}

/**
 * @param {number} port
 * @returns {Promise<boolean>}
 */
function canListen(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
