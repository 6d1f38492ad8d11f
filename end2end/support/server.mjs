// One running `fleetcast`: started on a port of its own, watched for panics, stopped on demand. Plain JavaScript, since
// the SDK tests run without a compiler.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

/** The program under test; `make test` leaves the debug build there. */
const PROGRAM = resolve(process.env.FLEETCAST_BIN ?? join(import.meta.dirname, '../../target/debug/fleetcast'));
const ADDRESS = /console listening on (http:\/\/\S+)/;
/** A debug build on a busy machine, first start with its certificates included. */
const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 20_000;

/**
 * @typedef {object} ServerOptions
 * @property {number} simulatedDevices size of the pool in the same process
 * @property {string[]} [flags] further flags, as in `--hub-tier s1`
 * @property {number} [registered] devices that are in the hub's registry before it starts, none of them connected
 */

/** A `fleetcast` process with its data folder. The folder and the port stay the same over a restart. */
export class Server {
  /** @type {ServerOptions} */
  #options;
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #process;
  /** @type {URL | undefined} */
  #address;
  /** @type {string[]} */
  #log = [];

  /**
   * Use {@link Server.start}.
   *
   * @param {string} dataDir
   * @param {ServerOptions} options
   */
  constructor(dataDir, options) {
    this.dataDir = dataDir;
    this.#options = options;
  }

  /**
   * Starts on a new data folder and returns when requests are answered.
   *
   * @param {ServerOptions} options
   */
  static async start(options) {
    if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is missing: "make server-for-tests" builds it`);
    const server = new Server(await mkdtemp(join(tmpdir(), 'fleetcast-')), options);
    try {
      if (options.registered !== undefined) {
        const fleet = ['seed', '--devices', String(options.registered), '--seed', '1', '--data-dir', server.dataDir];
        await promisify(execFile)(PROGRAM, fleet);
      }
      await server.startAgain();
    } catch (error) {
      await server.remove();
      throw error;
    }
    return server;
  }

  /** Origin of the console, without a slash at the end. */
  get url() {
    if (this.#address === undefined) throw new Error('the server has not started');
    return this.#address.origin;
  }

  /** Process id while it runs. */
  get pid() {
    return this.#process?.pid;
  }

  /** Everything the process has written so far, both streams. */
  get log() {
    return this.#log.join('\n');
  }

  /** The connection string of the embedded hub, as the program prints it on request. */
  async connectionString() {
    const { stdout } = await promisify(execFile)(PROGRAM, ['--print-hub-connection-string', '--data-dir', this.dataDir]);
    return stdout.trim();
  }

  /** Starts on the folder and, after the first time, on the port it had before. Returns when it is ready for requests. */
  async startAgain() {
    const child = spawn(
      PROGRAM,
      [
        '--listen', this.#address?.host ?? '127.0.0.1:0',
        '--data-dir', this.dataDir,
        '--simulated-devices', String(this.#options.simulatedDevices),
        ...(this.#options.flags ?? []),
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    this.#process = child;
    /** @type {Promise<URL>} */
    const address = new Promise((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr]) {
        createInterface({ input: stream }).on('line', (line) => {
          this.#log.push(line);
          const found = ADDRESS.exec(line)?.[1];
          if (found !== undefined) resolve(new URL(found));
        });
      }
      child.once('error', reject);
      child.once('exit', (code, signal) =>
        reject(new Error(`fleetcast ended (${code ?? signal}) before it listened:\n${this.log}`)),
      );
    });
    this.#address = await within(START_LIMIT_MS, address, () => `no address in the log:\n${this.log}`);
    await this.#untilReady(child);
  }

  /**
   * SIGTERM is a stop in order, SIGKILL a crash. Returns when the process is gone.
   *
   * @param {'SIGTERM' | 'SIGKILL'} [signal]
   */
  async stop(signal = 'SIGTERM') {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await within(STOP_LIMIT_MS, gone, () => {
      child.kill('SIGKILL');
      return `fleetcast did not stop on ${signal}:\n${this.log}`;
    });
  }

  /** Ends the process and removes its folder; fails when it has panicked on the way. */
  async remove() {
    try {
      await this.stop();
    } finally {
      await rm(this.dataDir, { recursive: true, force: true });
    }
    // A page's panic is in the log too; that one fails the story by what the page complains of.
    const panic = this.#log.find((line) => /^thread .* panicked at /.test(line));
    if (panic !== undefined) throw new Error(`fleetcast panicked: ${panic}\n${this.log}`);
  }

  /**
   * There is no event for readiness: `/readyz` is what an orchestrator polls too.
   *
   * @param {import('node:child_process').ChildProcess} child
   */
  async #untilReady(child) {
    const deadline = Date.now() + START_LIMIT_MS;
    while (Date.now() < deadline) {
      if (child.exitCode !== null) throw new Error(`fleetcast ended while starting:\n${this.log}`);
      const answer = await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
      if (answer?.ok) return;
      await pause(20);
    }
    throw new Error(`/readyz did not answer 200 in ${START_LIMIT_MS} ms:\n${this.log}`);
  }
}

/**
 * @template T
 * @param {number} limitMs
 * @param {Promise<T>} work
 * @param {() => string} otherwise message of the error when the limit has passed
 * @returns {Promise<T>}
 */
async function within(limitMs, work, otherwise) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  /** @type {Promise<never>} */
  const limit = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(otherwise())), limitMs);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
