// A `fleetcast` with its embedded hub on the ports that the official SDKs insist on, and nothing simulated.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const PROGRAM = resolve(process.env.FLEETCAST_BIN ?? join(import.meta.dirname, '../../target/debug/fleetcast'));
const START_LIMIT_MS = 60_000;

/**
 * Starts the hub; `caFile` is the certificate authority to trust.
 *
 * @returns {Promise<{ connectionString: string, caFile: string, stop: () => Promise<void> }>}
 */
export async function startHub() {
  if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is missing: "make test-sdk" builds it`);
  const dataDir = await mkdtemp(join(tmpdir(), 'fleetcast-sdk-'));
  const child = spawn(
    PROGRAM,
    [
      '--listen', '127.0.0.1:0',
      '--data-dir', dataDir,
      '--hub-tls-listen', '127.0.0.1:443',
      '--mqtt-tls-listen', '127.0.0.1:8883',
      '--simulated-devices', '0',
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const gone = once(child, 'exit');
  /** @type {string[]} */
  const log = [];

  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await gone;
    await rm(dataDir, { recursive: true, force: true });
    const panic = log.find((line) => line.includes('panicked at'));
    if (panic !== undefined) throw new Error(`fleetcast panicked: ${panic}`);
  };

  try {
    const origin = await addressIn(child, log);
    await untilReady(origin, log);
    const { stdout } = await promisify(execFile)(PROGRAM, [
      '--print-hub-connection-string',
      '--data-dir', dataDir,
    ]);
    return { connectionString: stdout.trim(), caFile: join(dataDir, 'tls', 'ca.pem'), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * @param {import('node:child_process').ChildProcessByStdio<null, import('node:stream').Readable, import('node:stream').Readable>} child
 * @param {string[]} log
 * @returns {Promise<string>}
 */
function addressIn(child, log) {
  return new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        log.push(line);
        const found = /console listening on (http:\/\/\S+)/.exec(line)?.[1];
        if (found !== undefined) resolve(new URL(found).origin);
      });
    }
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`fleetcast ended (${code}) before it listened:\n${log.join('\n')}`)));
  });
}

/**
 * @param {string} origin
 * @param {string[]} log
 */
async function untilReady(origin, log) {
  const deadline = Date.now() + START_LIMIT_MS;
  while (Date.now() < deadline) {
    const answer = await fetch(`${origin}/readyz`).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`/readyz did not answer 200:\n${log.join('\n')}`);
}

