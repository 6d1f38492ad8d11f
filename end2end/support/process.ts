// One running `fleetcast`: started on a port of its own, watched for panics, stopped on demand.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

/** The program under test; `make test` leaves the debug build there. */
const PROGRAM = resolve(process.env.FLEETCAST_BIN ?? join(import.meta.dirname, '../../target/debug/fleetcast'));
const ADDRESS = /console listening on (http:\/\/\S+)/;
/** A debug build on a busy machine, first start with its certificates included. */
const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 20_000;

export interface ServerOptions {
  /** Size of the pool in the same process. */
  simulatedDevices: number;
  /** Further flags, as in `--hub-tier s1`. */
  flags?: string[];
}

/** A `fleetcast` process with its data folder. The folder and the port stay the same over a restart. */
export class Server {
  readonly dataDir: string;
  #options: ServerOptions;
  #process: ChildProcess | undefined;
  #address: URL | undefined;
  #log: string[] = [];

  private constructor(dataDir: string, options: ServerOptions) {
    this.dataDir = dataDir;
    this.#options = options;
  }

  static async start(options: ServerOptions): Promise<Server> {
    if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is missing: "make test-browser" builds it`);
    const server = new Server(await mkdtemp(join(tmpdir(), 'fleetcast-')), options);
    try {
      await server.startAgain();
    } catch (error) {
      await server.remove();
      throw error;
    }
    return server;
  }

  /** Origin of the console, without a slash at the end. */
  get url(): string {
    if (this.#address === undefined) throw new Error('the server has not started');
    return this.#address.origin;
  }

  /** Everything the process has written so far, both streams. */
  get log(): string {
    return this.#log.join('\n');
  }

  /** Starts on the folder and, after the first time, on the port it had before. Returns when it is ready for requests. */
  async startAgain(): Promise<void> {
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
    const address = new Promise<URL>((resolve, reject) => {
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
    await this.#untilReady();
  }

  /** SIGTERM is a stop in order, SIGKILL a crash. Returns when the process is gone. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
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
  async remove(): Promise<void> {
    try {
      await this.stop();
    } finally {
      await rm(this.dataDir, { recursive: true, force: true });
    }
    const panic = this.#log.find((line) => line.includes('panicked at'));
    if (panic !== undefined) throw new Error(`fleetcast panicked: ${panic}\n${this.log}`);
  }

  /** There is no event for readiness: `/readyz` is what an orchestrator polls too. */
  async #untilReady(): Promise<void> {
    const deadline = Date.now() + START_LIMIT_MS;
    while (Date.now() < deadline) {
      if (this.#process?.exitCode != null) throw new Error(`fleetcast ended while starting:\n${this.log}`);
      const answer = await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
      if (answer?.ok) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`/readyz did not answer 200 in ${START_LIMIT_MS} ms:\n${this.log}`);
  }
}

async function within<T>(limitMs: number, work: Promise<T>, otherwise: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(otherwise())), limitMs);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
