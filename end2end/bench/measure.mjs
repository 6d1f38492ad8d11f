// What the benchmark measures, one function a figure. Each talks to a running server as anybody could: over HTTP, and
// through what the kernel says of the process.

import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

/** @typedef {import('../support/process.mjs').Server} Server */

/**
 * Resident memory in bytes.
 *
 * @param {Server} server
 */
export async function residentMemory(server) {
  const status = await readFile(`/proc/${server.pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
}

/**
 * Waits until so many devices of the pool are online.
 *
 * @param {Server} server
 * @param {number} devices
 */
export async function untilConnected(server, devices) {
  await until(120_000, `${devices} devices are online`, async () => {
    const { connected } = await get(server, '/api/v1/simulator');
    return connected === devices;
  });
}

/**
 * Device results a second, from the job's own start and end as the hub has recorded them.
 *
 * @param {Server} server
 * @param {object} action the part of the request that says what to do
 */
export async function jobRate(server, action) {
  const { jobId } = await post(server, '/api/v1/jobs', {
    queryCondition: '*',
    maxExecutionTimeInSeconds: 600,
    ...action,
  });
  let job = await get(server, `/api/v1/jobs/${jobId}`);
  await until(600_000, `job ${jobId} is completed`, async () => {
    job = await get(server, `/api/v1/jobs/${jobId}`);
    return job.status === 'completed';
  });
  const { succeeded } = job.outcomes;
  if (succeeded !== job.deviceJobStatistics.deviceCount) {
    throw new Error(`job ${jobId} did not succeed everywhere: ${JSON.stringify(job.outcomes)}`);
  }
  // The hub's times have milliseconds; a job within one of them counts as one.
  return (succeeded * 1000) / Math.max(1, Date.parse(job.endTime) - Date.parse(job.startTime));
}

/**
 * Milliseconds of `count` requests one after the other.
 *
 * @param {number} count
 * @param {() => Promise<unknown>} request
 */
export async function latencies(count, request) {
  const spans = [];
  for (let index = 0; index < count; index += 1) spans.push(await timed(request));
  return spans;
}

/**
 * Milliseconds of requests sent at a fixed rate, whether or not earlier ones have been answered.
 *
 * @param {{ perSecond: number, seconds: number }} load
 * @param {() => Promise<unknown>} request
 */
export async function latenciesAtRate({ perSecond, seconds }, request) {
  const start = performance.now();
  const spans = [];
  for (let index = 0; index < perSecond * seconds; index += 1) {
    const due = start + (index * 1000) / perSecond;
    if (due > performance.now()) await pause(due - performance.now());
    spans.push(timed(request));
  }
  return Promise.all(spans);
}

/** @param {() => Promise<unknown>} request */
async function timed(request) {
  const start = performance.now();
  await request();
  return performance.now() - start;
}

/**
 * The value below which 99 of 100 lie.
 *
 * @param {number[]} values
 */
export function p99(values) {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.99))] ?? NaN;
}

/**
 * @param {Server} server
 * @param {string} path
 */
export async function get(server, path) {
  return answerOf(await fetch(server.url + path));
}

/**
 * @param {Server} server
 * @param {string} path
 * @param {unknown} body
 */
export async function post(server, path, body) {
  const headers = { 'content-type': 'application/json' };
  return answerOf(await fetch(server.url + path, { method: 'POST', headers, body: JSON.stringify(body) }));
}

/**
 * @param {Response} answer
 * @returns {Promise<any>} JSON, or the text of anything else
 */
async function answerOf(answer) {
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${answer.url} answered ${answer.status}: ${text}`);
  return answer.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text;
}

/**
 * @param {number} limitMs
 * @param {string} claim
 * @param {() => Promise<boolean>} condition
 */
async function until(limitMs, claim, condition) {
  const deadline = Date.now() + limitMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not within ${limitMs / 1000} s: ${claim}`);
    await pause(50);
  }
}
