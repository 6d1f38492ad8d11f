// The tutorial "Schedule and broadcast jobs" of Azure IoT Hub, done by the official SDKs as they are published: a device
// that can lock its door, and a service that first calls the method and then updates the twin, both as jobs.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import device from 'azure-iot-device';
import mqtt from 'azure-iot-device-mqtt';
import hub from 'azure-iothub';

const DEVICE = 'myDeviceId';
const QUERY = `deviceId='${DEVICE}'`;
const WINDOW_S = 300;
/** How often the tutorial polls. */
const POLL_MS = 2_000;
const LIMIT_MS = 60_000;
const FINISHED = ['completed', 'failed', 'cancelled'];

const connectionString = process.env.IOTHUB_CONNECTION_STRING ?? assert.fail('IOTHUB_CONNECTION_STRING is not set');
const registry = hub.Registry.fromConnectionString(connectionString);
const jobs = hub.JobClient.fromConnectionString(connectionString);
/** @type {import('azure-iot-device').Client} */
let client;
/** The calls that the device received, in order. @type {unknown[]} */
const calls = [];
/** The device's own view of its twin. @type {import('azure-iot-device').Twin} */
let twin;

before(async () => {
  const { responseBody: identity } = await registry.create({ deviceId: DEVICE });
  const key = identity.authentication?.symmetricKey?.primaryKey;
  client = device.Client.fromConnectionString(`HostName=localhost;DeviceId=${DEVICE};SharedAccessKey=${key}`, mqtt.Mqtt);
  await client.open();
  client.onDeviceMethod('lockDoor', (request, response) => {
    calls.push(request.payload);
    response.send(200, { locked: true }, (error) => assert.ifError(error));
  });
  twin = await client.getTwin();
});

after(async () => {
  await client?.close();
  await registry.delete(DEVICE);
});

describe('Tutorial: schedule and broadcast jobs', () => {
  test('a direct method runs as a job', { timeout: LIMIT_MS }, async () => {
    const jobId = randomUUID();
    await jobs.scheduleDeviceMethod(
      jobId,
      QUERY,
      { methodName: 'lockDoor', payload: { by: 'the tutorial' }, responseTimeoutInSeconds: 15 },
      new Date(),
      WINDOW_S,
    );

    const job = await finished(jobId);
    assert.equal(job.status, 'completed');
    assert.equal(job.type, 'scheduleDeviceMethod');
    assert.deepEqual(counts(job), { deviceCount: 1, succeededCount: 1, failedCount: 0, pendingCount: 0, runningCount: 0 });
    assert.deepEqual(calls, [{ by: 'the tutorial' }], 'the device was asked once');

    const [row, ...others] = await deviceJobs(jobId);
    assert.deepEqual(others, []);
    assert.equal(row?.deviceId, DEVICE);
    assert.equal(row?.status, 'completed');
    assert.deepEqual(row?.outcome?.deviceMethodResponse, { status: 200, payload: { locked: true } });
  });

  test('desired properties are set as a job', { timeout: LIMIT_MS }, async () => {
    const received = new Promise((resolve) => {
      twin.on('properties.desired', (patch) => 'Building' in patch && resolve(patch));
    });
    const jobId = randomUUID();
    await jobs.scheduleTwinUpdate(
      jobId,
      QUERY,
      { etag: '*', properties: { desired: { Building: '43', Floor: '3' } } },
      new Date(),
      WINDOW_S,
    );

    const job = await finished(jobId);
    assert.equal(job.status, 'completed');
    assert.equal(job.type, 'scheduleUpdateTwin');
    assert.deepEqual(counts(job), { deviceCount: 1, succeededCount: 1, failedCount: 0, pendingCount: 0, runningCount: 0 });

    const { responseBody: stored } = await registry.getTwin(DEVICE);
    const { Building, Floor, $version } = stored.properties.desired;
    assert.deepEqual({ Building, Floor }, { Building: '43', Floor: '3' });
    assert.deepEqual(await received, { Building: '43', Floor: '3', $version }, 'the device was received the same');

    const [row, ...others] = await deviceJobs(jobId);
    assert.deepEqual(others, []);
    assert.equal(row?.deviceId, DEVICE);
    assert.equal(row?.status, 'completed');
  });
});

/** @param {string} jobId */
async function finished(jobId) {
  const deadline = Date.now() + WINDOW_S * 1000;
  for (;;) {
    const { jobStatus: job } = await jobs.getJob(jobId);
    if (FINISHED.includes(job.status)) return job;
    assert.ok(Date.now() < deadline, `job ${jobId} is still ${job.status}`);
    await pause(POLL_MS);
  }
}

/** @param {string} jobId */
async function deviceJobs(jobId) {
  const query = registry.createQuery(`SELECT * FROM devices.jobs WHERE devices.jobs.jobId = '${jobId}'`);
  /** @type {any[]} */
  const rows = [];
  while (query.hasMoreResults) rows.push(...(await query.next()).result);
  return rows;
}

/** The hub's five counts, without what else it may say. @param {any} job */
function counts({ deviceJobStatistics }) {
  const { deviceCount, succeededCount, failedCount, pendingCount, runningCount } = deviceJobStatistics;
  return { deviceCount, succeededCount, failedCount, pendingCount, runningCount };
}
