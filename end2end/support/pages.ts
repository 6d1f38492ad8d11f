// The contents page of the UI, for what must hold on each of them.

import type { Locator, Page } from '@playwright/test';
import { type Api, lockDoors, tomorrow } from './api.ts';

export interface PageUnderTest {
  path: string;
  /** Visible once the page has its content. */
  content: (page: Page) => Locator;
}

/** Every page and every state of it that an address can bring back, with failed devices and a planned job to show. */
export async function everyPage(api: Api): Promise<PageUnderTest[]> {
  await api.simulate({ errorShare: 0.3, seed: 7 });
  const { jobId } = await api.createJob(lockDoors());
  await api.finished(jobId);
  const planned = await api.createJob(lockDoors({ startTime: tomorrow() }));
  const device = (await api.devices())[0]?.deviceId ?? 'none';
  return [
    { path: '/jobs', content: row(jobId) },
    { path: '/jobs?tab=scheduled', content: row(planned.jobId) },
    { path: '/jobs?q=nothing-like-this', content: heading(/matches/) },
    { path: '/jobs/new', content: heading('New job') },
    { path: `/jobs/new?${query("deviceId == 'door-1'")}`, content: alert(/column/i) },
    { path: `/jobs/${jobId}`, content: row(device) },
    { path: `/jobs/${jobId}?device=${device}`, content: region(`Device ${device}`) },
    { path: `/jobs/${planned.jobId}`, content: heading(planned.jobId) },
    { path: `/jobs/${planned.jobId}?cancel=ask`, content: (page) => page.getByRole('dialog') },
    { path: '/devices', content: row(device) },
    {
      path: `/devices?facet=tags.building&cols=connection,tags.wing,twin&${query("tags.kind = 'door'")}`,
      content: row(device),
    },
    { path: `/devices?${query("deviceId == 'door-1'")}`, content: alert(/column/i) },
    { path: `/devices/${device}`, content: heading(device) },
    { path: '/simulator', content: (page) => page.getByRole('main').getByRole('heading', { level: 1 }) },
    { path: '/no-such-page', content: heading(/.+/) },
  ];
}

function query(condition: string): URLSearchParams {
  return new URLSearchParams({ query: condition });
}

function heading(name: string | RegExp): PageUnderTest['content'] {
  return (page) => page.getByRole('main').getByRole('heading', { name }).first();
}

function row(text: string): PageUnderTest['content'] {
  return (page) => page.getByRole('row').filter({ hasText: text }).last();
}

function alert(text: RegExp): PageUnderTest['content'] {
  return (page) => page.getByRole('alert').filter({ hasText: text }).first();
}

function region(name: string): PageUnderTest['content'] {
  return (page) => page.getByRole('complementary', { name });
}
