// The console's HTTP API as the stories use it: to create what a story needs, and to check that page and API agree.

import { expect } from '@playwright/test';

export type JobStatus = 'unknown' | 'queued' | 'scheduled' | 'running' | 'completed' | 'failed' | 'cancelled';

export interface JobRequest {
  jobId?: string;
  /** What people call it; made from action and target when absent. */
  name?: string;
  reason?: string;
  type: 'scheduleDeviceMethod' | 'scheduleUpdateTwin';
  cloudToDeviceMethod?: {
    methodName: string;
    payload?: unknown;
    responseTimeoutInSeconds?: number;
    connectTimeoutInSeconds?: number;
  };
  updateTwin?: { etag?: string; tags?: object; properties?: { desired: object } };
  queryCondition: string;
  /** Exactly these devices, instead of a condition. */
  deviceIds?: string[];
  startTime?: string;
  /** How many devices the form counted. */
  expectedDevices?: number;
  maxExecutionTimeInSeconds?: number;
  /** Waves, stop rules and so on. */
  rollout?: object;
}

export interface DeviceJobStatistics {
  deviceCount: number;
  pendingCount: number;
  runningCount: number;
  succeededCount: number;
  failedCount: number;
}

export type Outcome =
  | 'queued'
  | 'inFlight'
  | 'succeeded'
  | 'failed'
  | 'timedOut'
  | 'notOnline'
  | 'interrupted'
  | 'cancelled';

export interface Job extends Omit<JobRequest, 'startTime'> {
  jobId: string;
  name: string;
  status: JobStatus;
  createdTime: string;
  startTime: string | null;
  endTime: string | null;
  deviceJobStatistics: DeviceJobStatistics;
  /** Finer than the hub's five counts; always sums to `deviceCount`. */
  outcomes: Record<Outcome, number>;
}

export interface DeviceResult {
  deviceId: string;
  status: string;
  outcome: Outcome;
  response?: { status: number; payload?: unknown };
  error?: { code: string; description: string };
}

export interface Device {
  deviceId: string;
  connectionState?: string;
}

export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

export interface Simulator {
  count: number;
  connected: number;
  latencyMs: number | { p50: number; p95: number };
  offlineShare: number;
  errorShare: number;
  silentShare: number;
  dropShare: number;
  seed: number;
}

/** The query condition that matches whatever is registered. */
export const EVERY_DEVICE = '*';

const TERMINAL: JobStatus[] = ['completed', 'failed', 'cancelled'];

/** A job that calls `lockDoor` on every device now, unless `over` says otherwise. */
export function lockDoors(over: Partial<JobRequest> = {}): JobRequest {
  return {
    type: 'scheduleDeviceMethod',
    cloudToDeviceMethod: { methodName: 'lockDoor', responseTimeoutInSeconds: 30 },
    queryCondition: EVERY_DEVICE,
    maxExecutionTimeInSeconds: 300,
    ...over,
  };
}

/** This time tomorrow, as the API takes it. */
export function tomorrow(): string {
  return new Date(Date.now() + 24 * 3600 * 1000).toISOString();
}

export class Api {
  /** Read for every request: the server may have restarted in between. */
  #origin: () => string;

  constructor(origin: () => string) {
    this.#origin = origin;
  }

  createJob(request: JobRequest): Promise<Job> {
    return this.#send('POST', '/api/v1/jobs', request);
  }

  job(jobId: string): Promise<Job> {
    return this.#send('GET', `/api/v1/jobs/${encodeURIComponent(jobId)}`);
  }

  async jobs(): Promise<Job[]> {
    return (await this.#send<Page<Job>>('GET', '/api/v1/jobs')).items;
  }

  /** Every device's result, all pages of them. */
  async results(jobId: string): Promise<DeviceResult[]> {
    const results: DeviceResult[] = [];
    let cursor: string | null = null;
    do {
      const query = new URLSearchParams({ limit: '500', ...(cursor === null ? {} : { cursor }) });
      const page: Page<DeviceResult> = await this.#send(
        'GET',
        `/api/v1/jobs/${encodeURIComponent(jobId)}/devices?${query}`,
      );
      results.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== null);
    return results;
  }

  async devices(query = ''): Promise<Device[]> {
    return (await this.#send<Page<Device>>('GET', `/api/v1/devices?${new URLSearchParams({ q: query })}`)).items;
  }

  /** Creates a group of the devices that a condition matches. */
  createGroup(group: { name: string; queryCondition: string }): Promise<{ groupId: string }> {
    return this.#send('POST', '/api/v1/groups', group);
  }

  /** Creates a schedule in Berlin that locks every door at the times of a cron text. */
  createSchedule(name: string, expression: string): Promise<{ scheduleId: string }> {
    const spec = { rule: { type: 'cron', expression }, zone: 'Europe/Berlin' };
    return this.#send('POST', '/api/v1/schedules', { name, spec, job: lockDoors() });
  }

  simulator(): Promise<Simulator> {
    return this.#send('GET', '/api/v1/simulator');
  }

  /** Changes faults or size of the pool, and returns what the pool confirmed. */
  simulate(changes: Partial<Simulator>): Promise<Simulator> {
    return this.#send('PATCH', '/api/v1/simulator', changes);
  }

  /** Has every device of the pool answer, at once and without errors. */
  removeFaults(): Promise<Simulator> {
    return this.simulate({ latencyMs: 5, offlineShare: 0, errorShare: 0, silentShare: 0, dropShare: 0 });
  }

  /** Waits until `condition` holds for the job, and returns the job as it then was. */
  async jobWhen(jobId: string, claim: string, condition: (job: Job) => boolean, timeout = 45_000): Promise<Job> {
    let job = await this.job(jobId);
    await expect
      .poll(async () => condition((job = await this.job(jobId))), { message: `job ${jobId} ${claim}`, timeout })
      .toBe(true);
    return job;
  }

  /**
   * Creates a job that runs until the story calls `end`, however long a page takes to load meanwhile: the hub waits for
   * devices that are offline until then. `changes` apply to the others.
   */
  async createOpenJob(changes: Partial<Simulator> = {}): Promise<{ jobId: string; end: () => Promise<unknown> }> {
    const { count } = await this.simulate({ offlineShare: 0, ...changes, seed: 7 });
    await this.connected(count);
    await this.simulate({ offlineShare: 0.1 });
    const offline = async () => (await this.devices("connectionState = 'Disconnected'")).length;
    await expect.poll(offline, { message: 'offline devices', timeout: 45_000 }).toBeGreaterThan(0);
    const method = { methodName: 'lockDoor', responseTimeoutInSeconds: 270, connectTimeoutInSeconds: 270 };
    const { jobId } = await this.createJob(lockDoors({ cloudToDeviceMethod: method, maxExecutionTimeInSeconds: 600 }));
    return { jobId, end: () => this.simulate({ offlineShare: 0 }) };
  }

  /** Waits until the job waits for offline devices alone, so that its rows no longer move. */
  async onlyOfflineDevicesAreOpen(jobId: string): Promise<void> {
    const onlyOffline = async () => {
      const results = await this.results(jobId);
      const open = results.filter(({ outcome }) => outcome === 'queued' || outcome === 'inFlight');
      const offline = new Set((await this.devices("connectionState = 'Disconnected'")).map(({ deviceId }) => deviceId));
      return results.length > 0 && open.every(({ deviceId }) => offline.has(deviceId));
    };
    await expect.poll(onlyOffline, { message: 'every connected device has answered', timeout: 45_000 }).toBe(true);
  }

  finished(jobId: string, timeout?: number): Promise<Job> {
    return this.jobWhen(jobId, 'is finished', (job) => TERMINAL.includes(job.status), timeout);
  }

  /** Waits until `connected` devices of the pool are online. */
  async connected(connected: number): Promise<void> {
    await expect
      .poll(async () => (await this.simulator()).connected, { message: 'devices connected', timeout: 45_000 })
      .toBe(connected);
  }

  async #send<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(this.#origin() + path, {
      method,
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
    return JSON.parse(text) as T;
  }
}

/** At any time the counts of a job sum to its targets. */
export function expectCountsToAddUp(job: Job): void {
  const { deviceCount, pendingCount, runningCount, succeededCount, failedCount } = job.deviceJobStatistics;
  expect(pendingCount + runningCount + succeededCount + failedCount, 'the hub\'s counts').toBe(deviceCount);
  expect(Object.values(job.outcomes).reduce((sum, count) => sum + count, 0), 'outcomes').toBe(deviceCount);
}
