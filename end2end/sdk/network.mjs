// The ports that SDKs require, without privileges and without conflicts: a network namespace with nothing in it
// but a loopback interface. Where that is not allowed the real ports are used if they can be.

import { spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';

/** REST and MQTT over WebSocket; MQTT. */
const PORTS = [443, 8883];
/** @type {NodeJS.Signals[]} */
const SIGNALS = ['SIGINT', 'SIGTERM'];
const BRING_UP = 'ip link set lo up && exec "$@"';

/** @typedef {'own' | 'shared'} Network `own`: each command gets ports of its own; `shared`: one command at a time */

/** @returns {Promise<Network | undefined>} what can be had here, nothing with a sentence on stderr */
export async function findNetwork() {
  if (spawnSync('unshare', ['-rn', 'ip', 'link', 'set', 'lo', 'up'], { stdio: 'ignore' }).status === 0) return 'own';
  if ((await Promise.all(PORTS.map(canListen))).every(Boolean)) return 'shared';
  console.error(
    `Neither a network namespace ("unshare -rn" with iproute2) nor the ports ${PORTS.join(' and ')} can be had here: ` +
      'run as a user who may do one of the two.',
  );
  return undefined;
}

/**
 * @param {Network} network
 * @param {string[]} command
 */
export function inside(network, command) {
  return network === 'own' ? ['unshare', '-rn', 'sh', '-c', BRING_UP, 'sh', ...command] : command;
}

/**
 * Runs a command to its end, in a process group of its own, so that nothing of it is left when it has to be stopped: by a
 * signal to this process, or because a check hangs.
 *
 * @param {string[]} command
 * @param {{ env?: NodeJS.ProcessEnv, quiet?: boolean, limitMs?: number }} [options] `quiet` holds the output back
 * @returns {Promise<{ code: number, output: string }>}
 */
export async function run([program = '', ...args], { env, quiet = false, limitMs } = {}) {
  const stdio = quiet ? 'pipe' : 'inherit';
  const child = spawn(program, args, { env, stdio: ['ignore', stdio, stdio], detached: true });
  /** @param {NodeJS.Signals} signal */
  const stop = (signal) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, signal);
    } catch {
      // It has just ended.
    }
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  const timer = setTimeout(() => {
    console.error(`${args.join(' ')} has not ended in ${limitMs} ms and is stopped.`);
    stop('SIGKILL');
  }, limitMs ?? 2 ** 31 - 1);
  /** @type {Buffer[]} */
  const chunks = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => chunks.push(chunk));
  try {
    return await new Promise((resolve) => {
      const end = (/** @type {number} */ code) => resolve({ code, output: Buffer.concat(chunks).toString() });
      child.once('error', (error) => {
        console.error(`${program}: ${error.message}`);
        end(1);
      });
      child.once('close', (code) => end(code ?? 1));
    });
  } finally {
    clearTimeout(timer);
    for (const signal of SIGNALS) process.off(signal, stop);
  }
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
