// The contents page of the UI, for what must hold on each of them.

import type { Api } from './api.ts';

export interface PageUnderTest {
  path: string;
  /** Name of its first-level heading: visible once the page has its content. */
  heading: string | RegExp;
}

/** Every page there is; the job's page is `jobId`'s. */
export async function everyPage(api: Api, jobId: string): Promise<PageUnderTest[]> {
  const device = (await api.devices())[0]?.deviceId ?? 'none';
  return [
    { path: '/jobs', heading: 'Jobs' },
    { path: '/jobs/new', heading: 'New job' },
    { path: `/jobs/${jobId}`, heading: /.+/ },
    { path: '/devices', heading: 'Devices' },
    { path: `/devices/${device}`, heading: device },
    { path: '/no-such-page', heading: /.+/ },
  ];
}
