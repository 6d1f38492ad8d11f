// Runs the conformance suite: `node end2end/sdk/run.mjs [--write] [folder for the results]`.
//
// The official SDKs, as they are published, against the embedded hub: Node's checks in `node/`, Python's in `python/`, each
// with a hub and a network of its own, both at once. In there the checks get what any developer's process has: a
// connection string, and the hub's CA. Checks named `alone` run after the others, one by one, and may restart the hub.
//
// What passed is compared with docs/hub-conformance.md; `--write` writes that page instead.

import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Server } from '../support/server.mjs';
import { comparePage, writePage } from './conformance.mjs';
import { findNetwork, inside, run } from './network.mjs';

const HERE = import.meta.dirname;
const LISTEN = ['--hub-tls-listen', '127.0.0.1:443', '--mqtt-tls-listen', '127.0.0.1:8883'];
/** For all checks of one SDK; they take less than a tenth of it. */
const LIMIT_MS = 300_000;
/** Set in a process that has the ports to itself: which SDK it is to try. */
const INSIDE = 'FLEETCAST_SDK';
const PYTHON = resolve(process.env.SDK_PYTHON ?? join(HERE, '../../target/python/bin/python'));

const args = process.argv.slice(2);
const write = args.includes('--write');
const folder = resolve(args.find((arg) => !arg.startsWith('--')) ?? join(HERE, '../../target/test'));

process.exitCode = await (process.env[INSIDE] === undefined ? tryBoth() : tryOne(process.env[INSIDE]));

/** @returns {Promise<number>} exit code */
async function tryBoth() {
  const network = await findNetwork();
  if (network === undefined) return 1;
  mkdirSync(folder, { recursive: true });
  const command = inside(network, [process.execPath, fileURLToPath(import.meta.url), folder]);
  const start = (/** @type {string} */ sdk, quiet = false) => {
    rmSync(resultsOf(sdk), { force: true });
    return run(command, { env: { ...process.env, [INSIDE]: sdk }, quiet });
  };

  const python = network === 'own' ? start('python', true) : undefined;
  const node = await start('node');
  const { code, output } = await (python ?? start('python', true));
  process.stdout.write(output);
  if (node.code !== 0 || code !== 0) return 1;
  return write ? writePage(folder) : comparePage(folder);
}

/**
 * @param {string | undefined} sdk
 * @returns {Promise<number>} exit code
 */
async function tryOne(sdk) {
  const hub = await Server.start({ simulatedDevices: 0, flags: LISTEN });
  const control = await listenForRestarts(hub);
  try {
    const ca = join(hub.dataDir, 'tls', 'ca.pem');
    const env = {
      ...process.env,
      IOTHUB_CONNECTION_STRING: await hub.connectionString(),
      HUB_CONTROL: control.address,
      SDK_RESULTS: resultsOf(sdk),
      // Node's SDKs read the first, Python's service SDK the second, its device SDK the third.
      NODE_EXTRA_CA_CERTS: ca,
      REQUESTS_CA_BUNDLE: ca,
      SSL_CERT_FILE: ca,
    };
    if (sdk === 'python') return (await run([PYTHON, join(HERE, 'python', 'run.py')], { env, limitMs: LIMIT_MS })).code;
    const files = readdirSync(join(HERE, 'node')).filter((file) => file.endsWith('.test.mjs'));
    const alone = (/** @type {string} */ file) => file.startsWith('alone-');
    const together = await nodeChecks(files.filter((file) => !alone(file)), 8, env);
    return together || (await nodeChecks(files.filter(alone), 1, env));
  } finally {
    control.close();
    await hub.remove();
  }
}

/**
 * @param {string[]} files
 * @param {number} atOnce
 * @param {NodeJS.ProcessEnv} env
 */
async function nodeChecks(files, atOnce, env) {
  const { code } = await run(
    [
      process.execPath,
      '--test',
      `--test-concurrency=${atOnce}`,
      `--test-reporter=${join(HERE, 'node', 'reporter.mjs')}`,
      '--test-reporter-destination=stdout',
      ...files.map((file) => join(HERE, 'node', file)),
    ],
    { env, limitMs: LIMIT_MS },
  );
  return code;
}

/**
 * `POST` to the address kills the hub and starts it again on the same data; the answer comes when it is ready.
 *
 * @param {Server} hub
 */
async function listenForRestarts(hub) {
  const server = createServer((_, response) => {
    hub
      .stop('SIGKILL')
      .then(() => hub.startAgain())
      .then(() => response.writeHead(204).end())
      .catch((error) => response.writeHead(500).end(String(error)));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    address: `http://127.0.0.1:${port}/`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** @param {string | undefined} sdk */
function resultsOf(sdk) {
  return join(folder, `sdk-${sdk}.jsonl`);
}
