// Runs the program that the console shows to connect a device, as a developer would: saved in a folder of its own, beside
// the hub's certificate authority.

import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const LIBRARIES = join(import.meta.dirname, '../node_modules');
const LIMIT_MS = 30_000;

export interface Ran {
  code: number;
  output: string;
}

/** Runs a program for Node.js to its end. */
export async function runDevice(program: string, authority: string): Promise<Ran> {
  const folder = await mkdtemp(join(tmpdir(), 'device-'));
  try {
    await symlink(LIBRARIES, join(folder, 'node_modules'));
    await writeFile(join(folder, 'hub-ca.pem'), authority);
    await writeFile(join(folder, 'device.mjs'), program);
    return await new Promise((resolve) => {
      execFile('node', ['device.mjs'], { cwd: folder, timeout: LIMIT_MS }, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: `${stdout}${stderr}` });
      });
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
