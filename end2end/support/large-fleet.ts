// A server with a hundred thousand registered devices, none of them connected, and a finished job on all of them.

import { Api } from './api.ts';
import { expect, test as base } from './app.ts';
import { Server } from './server.mjs';

/** Devices of the fleet. */
export const DEVICES = 100_000;

interface Large {
  server: Server;
  api: Api;
  /** Id of a job that has tagged every device. */
  jobId: string;
}

export const test = base.extend<{ faultlessPool: void }, Large>({
  // There is no pool to put back.
  faultlessPool: async ({}, use) => use(),
  server: [
    async ({}, use) => {
      const server = await Server.start({ simulatedDevices: 0, registered: DEVICES });
      await use(server);
      await server.remove();
    },
    { scope: 'worker', timeout: 180_000 },
  ],
  api: [async ({ server }, use) => use(new Api(() => server.url)), { scope: 'worker' }],
  jobId: [
    async ({ api }, use) => {
      const { jobId } = await api.createJob({
        type: 'scheduleUpdateTwin',
        updateTwin: { etag: '*', tags: { wave: 1 } },
        queryCondition: '*',
      });
      const job = await api.finished(jobId, 180_000);
      expect(job.outcomes.succeeded).toBe(DEVICES);
      await use(jobId);
    },
    { scope: 'worker', timeout: 200_000 },
  ],
});
