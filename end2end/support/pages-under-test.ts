// Every page of the console, for what must hold on each of them.

import type { Locator, Page } from '@playwright/test';
import { type Api, lockDoors, tomorrow } from './api.ts';

export interface PageUnderTest {
  /** As the title of a story begins. */
  title: string;
  path: string;
  /** Visible once the page has its content. */
  content: (page: Page) => Locator;
  /** Name of its outline and pictures in `snapshots/`. */
  snapshot?: string;
  /** Its numbers and charts never rest, so no two pictures are alike. */
  isAlwaysChanging?: boolean;
  /** It has no status bar, which says on other pages that all devices are connected. */
  hasNoStatusBar?: boolean;
}

/** Names that stay the same from run to run. */
const FINISHED = 'lock-building-43';
const PLANNED = 'open-in-the-morning';
const PLANNED_NAME = 'Open in the morning';
const DEVICE = 'door-0001';
const GROUP = { id: 'doors', name: 'Doors' };
const SCHEDULE = { id: 'night-lock', name: 'Night lock' };

/** Creates what the pages show: a finished job with failed devices, and one for tomorrow. */
export async function createJobsOfPages(api: Api): Promise<void> {
  const known = (await api.jobs()).map((job) => job.jobId);
  if (known.includes(PLANNED)) return;
  await api.simulate({ errorShare: 0.3, seed: 7 });
  await api.createJob(lockDoors({ jobId: FINISHED, name: 'Lock Building 43', reason: 'Evening lock-up' }));
  await api.finished(FINISHED);
  // The simulator's page lists every change of the pool: the same ones, whichever page is loaded first.
  await api.removeFaults();
  await api.createGroup({ name: GROUP.name, queryCondition: "tags.kind = 'door'" });
  await api.createSchedule(SCHEDULE.name, '30 2 * * *');
  await api.createJob(lockDoors({ jobId: PLANNED, name: PLANNED_NAME, startTime: tomorrow() }));
}

/** Every page, and every state of it that an address can bring back. */
export const PAGES: PageUnderTest[] = [
  {
    title: 'The overview',
    path: '/',
    content: (page) => page.getByRole('img', { name: /Devices by building and floor|devices by building and floor/ }),
  },
  { title: 'The overview by the last job', path: '/?by=job&columns=tags.wing', content: heading(/wing and floor|floor and wing|wing and building/) },
  { title: 'The list of jobs', path: '/jobs', content: row(FINISHED), snapshot: 'jobs' },
  { title: 'The list of scheduled jobs', path: '/jobs?tab=scheduled', content: row(PLANNED) },
  { title: 'A list of jobs with no matches', path: '/jobs?q=nothing-like-this', content: heading(/matches/) },
  { title: 'The form', path: '/jobs/new?method=lockDoor', content: heading('New job'), snapshot: 'new-job' },
  { title: 'The form with a wrong query', path: `/jobs/new?${query("deviceId == 'door-1'")}`, content: alert(/column/i) },
  { title: 'A finished job', path: `/jobs/${FINISHED}`, content: row(DEVICE), snapshot: 'job' },
  {
    title: 'A device of a job',
    path: `/jobs/${FINISHED}?device=${DEVICE}`,
    content: (page) => page.getByRole('complementary', { name: `Device ${DEVICE}` }).getByText('Hub says'),
    snapshot: 'job-device',
  },
  { title: 'A scheduled job', path: `/jobs/${PLANNED}`, content: heading(PLANNED_NAME), snapshot: 'job-planned' },
  {
    title: 'A job about to be cancelled',
    path: `/jobs/${PLANNED}?cancel=ask`,
    content: (page) => page.getByRole('dialog'),
  },
  {
    title: 'Two runs of a job',
    path: `/jobs/${FINISHED}/compare?with=${PLANNED}`,
    content: heading(/^Devices with another outcome/),
  },
  { title: 'The wall', path: '/wall', content: heading('Running now'), isAlwaysChanging: true, hasNoStatusBar: true },
  { title: 'The list of devices', path: '/devices', content: row(DEVICE), snapshot: 'devices' },
  {
    title: 'The list of devices with a facet and columns',
    path: `/devices?facet=tags.building&cols=connection,tags.wing,twin&${query("tags.kind = 'door'")}`,
    content: row(DEVICE),
  },
  {
    title: 'The list of devices with a wrong query',
    path: `/devices?${query("deviceId == 'door-1'")}`,
    content: alert(/column/i),
  },
  // The last of its panels to be read.
  { title: 'A device', path: `/devices/${DEVICE}`, content: heading('Connections'), snapshot: 'device' },
  { title: 'The messages of a device', path: `/devices/${DEVICE}/messages`, content: heading('Live telemetry') },
  { title: 'Two twins side by side', path: `/devices/compare?left=${DEVICE}&right=door-0002`, content: row('tags.kind') },
  {
    title: 'The simulator',
    path: '/simulator',
    content: heading('Simulator'),
    snapshot: 'simulator',
    isAlwaysChanging: true,
  },
  { title: 'The audit log', path: '/audit?action=job%3Acreate', content: row('Lock Building 43') },
  { title: 'The webhooks', path: '/webhooks', content: heading('Webhooks') },
  { title: 'The list of groups', path: '/groups', content: row(GROUP.id) },
  { title: 'A group', path: `/groups/${GROUP.id}`, content: row(DEVICE) },
  { title: 'The telemetry of a group', path: `/groups/${GROUP.id}/telemetry`, content: heading('Live telemetry') },
  { title: 'A group about to be deleted', path: `/groups/${GROUP.id}?delete=ask`, content: (page) => page.getByRole('dialog') },
  { title: 'The form of a group', path: `/groups/${GROUP.id}/edit`, content: heading(`Edit ${GROUP.name}`) },
  { title: 'The form of a rollout', path: '/jobs/new?method=lockDoor&preset=four-waves&open=waves,stop', content: heading('New job') },
  { title: 'The approvals', path: '/approvals', content: heading('Approvals') },
  { title: 'The list of schedules', path: '/schedules', content: row(SCHEDULE.id), isAlwaysChanging: true },
  { title: 'A schedule', path: `/schedules/${SCHEDULE.id}`, content: heading('Special cases'), isAlwaysChanging: true },
  { title: 'A schedule about to be paused', path: `/schedules/${SCHEDULE.id}?ask=pause`, content: (page) => page.getByRole('dialog') },
  { title: 'The form of a job that repeats', path: '/jobs/new?method=lockDoor&when=repeats', content: heading(/Every day at 02:30/) },
  { title: 'The form of new devices', path: '/devices/new', content: heading('New devices') },
  { title: 'Devices about to be deleted', path: `/registry-changes/new?${new URLSearchParams({ kind: 'delete', query: `deviceId = '${DEVICE}'` })}`, content: heading('Delete 1 device?') },
  { title: 'The list of registry changes', path: '/registry-changes', content: heading('Registry changes') },
  { title: 'A page that does not exist', path: '/no-such-page', content: heading(/.+/), snapshot: 'not-there' },
];

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
