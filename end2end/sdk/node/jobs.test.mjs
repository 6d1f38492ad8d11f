// Scheduled jobs from request to the last device's row.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { answering, connected, jobs, newDevice, newId, newModule, refused, registry, rowsOf, until, watched } from './support.mjs';

const WINDOW_S = 60;
const HOUR_MS = 3_600_000;
const FINISHED = ['completed', 'failed', 'cancelled'];
const hourAhead = () => new Date(Date.now() + HOUR_MS);

/** @param {string} jobId @returns {Promise<any>} */
const read = async (jobId) => (await jobs.getJob(jobId)).jobStatus;
/** @param {string} jobId @returns {Promise<any>} */
async function finished(jobId) {
  /** @type {any} */
  let job;
  await until(async () => FINISHED.includes((job = await read(jobId)).status), `the end of ${jobId}`);
  return job;
}
/** @param {string} jobId */
const rows = (jobId) => rowsOf(registry.createQuery(`SELECT * FROM devices.jobs WHERE devices.jobs.jobId = '${jobId}'`));
/** @param {any} job */
const counts = ({ deviceJobStatistics: s }) => [s.deviceCount, s.succeededCount, s.failedCount, s.runningCount, s.pendingCount];
/** @param {string[]} ids */
const among = (ids) => `deviceId IN [${ids.map((id) => `'${id}'`).join(', ')}]`;
/** @param {string} deviceId @param {any} [extra] */
const twinJob = async (deviceId, extra = { tags: { job: true } }) => {
  const jobId = newId('job');
  await jobs.scheduleTwinUpdate(jobId, among([deviceId]), { etag: '*', ...extra }, new Date(), WINDOW_S);
  return jobId;
};
const method = { methodName: 'echo', payload: { n: 1 }, responseTimeoutInSeconds: 5 };
const echo = { echo: (/** @type {any} */ payload) => ({ status: 200, payload: { got: payload } }) };

describe('Jobs', { concurrency: true }, () => {
  test('create: a method job is queued, then completed', async () => {
    const { deviceId } = await answering(echo);
    const jobId = newId('job');
    const { jobStatus: created } = await jobs.scheduleDeviceMethod(jobId, among([deviceId]), method, new Date(), WINDOW_S);
    assert.deepEqual(created, { jobId, type: 'scheduleDeviceMethod', status: 'queued' });
    const job = await finished(jobId);
    assert.deepEqual([job.status, job.type, job.queryCondition], ['completed', 'scheduleDeviceMethod', among([deviceId])]);
    assert.deepEqual(counts(job), [1, 1, 0, 0, 0]);
    assert.deepEqual(job.cloudToDeviceMethod.payload, { n: 1 });
    assert.equal(job.maxExecutionTimeInSeconds, WINDOW_S);
    assert.ok(Date.parse(job.createdTime) <= Date.parse(job.endTime));
  });

  test('create: a twin job reaches devices that are not connected', async () => {
    const devices = [await newDevice(), await newDevice()].map(({ deviceId }) => deviceId);
    const jobId = newId('job');
    const patch = { etag: '*', tags: { ring: 2 }, properties: { desired: { interval: 60 } } };
    const { jobStatus: created } = await jobs.scheduleTwinUpdate(jobId, among(devices), patch, new Date(), WINDOW_S);
    assert.deepEqual(created, { jobId, type: 'scheduleUpdateTwin', status: 'queued' });
    assert.deepEqual(counts(await finished(jobId)), [2, 2, 0, 0, 0]);
    for (const deviceId of devices) {
      const { responseBody: twin } = await registry.getTwin(deviceId);
      assert.deepEqual([twin.tags, twin.properties.desired.interval], [{ ring: 2 }, 60]);
    }
  });

  test('create: a twin job removes what is null', async () => {
    const { deviceId } = await newDevice();
    await registry.updateTwin(deviceId, { tags: { a: 1, b: 2 } }, '*');
    await finished(await twinJob(deviceId, { tags: { a: null } }));
    assert.deepEqual((await registry.getTwin(deviceId)).responseBody.tags, { b: 2 });
  });

  test('create: a twin job notifies connected devices', async () => {
    const { deviceId, client } = await connected();
    const twin = await client.getTwin();
    const received = new Promise((resolve) => twin.on('properties.desired', (/** @type {any} */ patch) => 'job' in patch && resolve(patch)));
    // The SDK subscribes in the background; the pushes are not stored by any hub, so the job runs until one is seen.
    await until(async () => {
      await finished(await twinJob(deviceId, { properties: { desired: { job: Date.now() } } }));
      return Promise.race([received, Promise.resolve()]);
    });
  });

  test('create: without a start it starts at once', async () => {
    const { deviceId } = await newDevice();
    const jobId = newId('job');
    await jobs.scheduleTwinUpdate(jobId, among([deviceId]), { etag: '*', tags: { now: true } });
    const job = await finished(jobId);
    assert.deepEqual([job.status, job.maxExecutionTimeInSeconds], ['completed', 3600]);
  });

  test('create: a condition that matches no device completes with none', async () => {
    const job = await finished(await twinJob(newId()));
    assert.deepEqual([job.status, ...counts(job)], ['completed', 0, 0, 0, 0, 0]);
  });

  test('create: over modules', async () => {
    const { deviceId, moduleId } = await newModule();
    const jobId = newId('job');
    const condition = `FROM devices.modules WHERE deviceId = '${deviceId}'`;
    await jobs.scheduleTwinUpdate(jobId, condition, { etag: '*', tags: { by: 'job' } }, new Date(), WINDOW_S);
    assert.deepEqual(counts(await finished(jobId)), [1, 1, 0, 0, 0]);
    assert.deepEqual((await registry.getModuleTwin(deviceId, moduleId)).responseBody.tags, { by: 'job' });
  });

  test('create: a bad condition is accepted and fails later, with a reason', async () => {
    const jobId = newId('job');
    const { jobStatus } = await jobs.scheduleTwinUpdate(jobId, 'tags.a = = 1', { etag: '*', tags: {} }, new Date(), WINDOW_S);
    assert.equal(jobStatus.status, 'queued');
    const job = await finished(jobId);
    assert.equal(job.status, 'failed');
    assert.match(`${job.failureReason} ${job.statusMessage}`, /1:\d+/);
  });

  test('create: an id that exists is 409 JobAlreadyExists', async () => {
    const { deviceId } = await newDevice();
    const jobId = await twinJob(deviceId);
    await refused(
      jobs.scheduleTwinUpdate(jobId, among([deviceId]), { etag: '*', tags: {} }, new Date(), WINDOW_S),
      409, 'JobAlreadyExists',
    );
  });

  test('create: a twin job without etag * is 400', async () => {
    const { deviceId } = await newDevice();
    for (const patch of [{ tags: { a: 1 } }, { etag: 'AAAAAAAAAAE=', tags: { a: 1 } }]) {
      await refused(
        jobs.scheduleTwinUpdate(newId('job'), among([deviceId]), patch, new Date(), WINDOW_S),
        400, 'ArgumentInvalid', 'ArgumentError',
      );
    }
  });

  test('create: a start more than 168 hours ahead is 400', async () => {
    const start = new Date(Date.now() + 169 * HOUR_MS);
    await refused(
      jobs.scheduleTwinUpdate(newId('job'), "deviceId = 'x'", { etag: '*', tags: {} }, start, WINDOW_S),
      400, 'ArgumentInvalid', 'ArgumentError',
    );
  });

  test('create: an id with characters that it may not have is 400', async () => {
    await refused(
      jobs.scheduleTwinUpdate('with blank', "deviceId = 'x'", { etag: '*', tags: {} }, new Date(), WINDOW_S),
      400, 'ArgumentInvalid', 'ArgumentError',
    );
  });

  test('create: a response timeout out of bounds is 400', async () => {
    await refused(
      jobs.scheduleDeviceMethod(newId('job'), "deviceId = 'x'", { ...method, responseTimeoutInSeconds: 301 }, new Date(), WINDOW_S),
      400, 'ArgumentInvalid', 'ArgumentError',
    );
  });

  test('get: an unknown id has type and status unknown', async () => {
    const jobId = newId('job');
    assert.deepEqual(await read(jobId), { jobId, type: 'unknown', status: 'unknown' });
  });

  test('get: a job ahead is scheduled', async () => {
    const { deviceId } = await newDevice();
    const jobId = newId('job');
    const start = hourAhead();
    const { jobStatus: created } = await jobs.scheduleDeviceMethod(jobId, among([deviceId]), method, start, WINDOW_S);
    assert.equal(created.status, 'queued');
    await until(async () => (await read(jobId)).status === 'scheduled', 'scheduled');
    assert.equal(Date.parse((await read(jobId)).startTime), start.getTime());
    await jobs.cancelJob(jobId);
  });

  test('cancel: a job ahead is cancelled and never runs', async () => {
    const { deviceId } = await newDevice();
    const jobId = newId('job');
    await jobs.scheduleTwinUpdate(jobId, among([deviceId]), { etag: '*', tags: { ran: true } }, hourAhead(), WINDOW_S);
    const { jobStatus: answer } = await jobs.cancelJob(jobId);
    assert.deepEqual([answer.jobId, answer.status], [jobId, 'cancelled']);
    await until(async () => (await read(jobId)).status === 'cancelled', 'cancelled');
    assert.deepEqual((await registry.getTwin(deviceId)).responseBody.tags ?? {}, {});
  });

  test('cancel: a finished job is 405 OperationNotAllowedInCurrentState', async () => {
    const { deviceId } = await newDevice();
    const jobId = await twinJob(deviceId);
    await finished(jobId);
    await refused(jobs.cancelJob(jobId), 405, 'OperationNotAllowedInCurrentState');
  });

  test('cancel: a cancelled job is 405 OperationNotAllowedInCurrentState', async () => {
    const jobId = newId('job');
    await jobs.scheduleTwinUpdate(jobId, "deviceId = 'x'", { etag: '*', tags: {} }, hourAhead(), WINDOW_S);
    await jobs.cancelJob(jobId);
    await refused(jobs.cancelJob(jobId), 405, 'OperationNotAllowedInCurrentState');
  });

  test('cancel: an unknown id is 404 JobNotFound', async () => {
    await refused(jobs.cancelJob(newId('job')), 404, 'JobNotFound');
  });

  test('list: by type and status, page by page', async () => {
    const { deviceId } = await newDevice();
    const ids = await Promise.all([1, 2, 3].map(() => twinJob(deviceId)));
    for (const id of ids) await finished(id);
    const query = watched('azure-iothub Query', jobs.createQuery('scheduleUpdateTwin', /** @type {any} */ ('completed'), 2));
    const found = [];
    let pages = 0;
    while (query.hasMoreResults) {
      /** @type {any} */
      const { result } = await query.next(/** @type {any} */ (query).continuationToken);
      assert.ok(result.length <= 2);
      found.push(...result);
      pages++;
    }
    assert.ok(pages >= 2);
    assert.ok(found.every((job) => job.type === 'scheduleUpdateTwin' && job.status === 'completed'));
    for (const id of ids) assert.equal(found.filter((job) => job.jobId === id).length, 1, `${id} once`);
  });

  test('list: without a filter has every job', async () => {
    const { deviceId } = await newDevice();
    const jobId = await twinJob(deviceId);
    assert.ok((await rowsOf(jobs.createQuery())).some((job) => job.jobId === jobId));
  });

  test('rows: one device online, one not', async () => {
    const online = await answering(echo);
    const offline = await newDevice();
    const jobId = newId('job');
    await jobs.scheduleDeviceMethod(jobId, among([online.deviceId, offline.deviceId]), method, new Date(), WINDOW_S);
    const job = await finished(jobId);
    assert.deepEqual([job.status, ...counts(job)], ['completed', 2, 1, 1, 0, 0]);
    const byDevice = Object.fromEntries((await rows(jobId)).map((row) => [row.deviceId, row]));
    const ok = byDevice[online.deviceId];
    assert.deepEqual([ok.jobId, ok.jobType, ok.status], [jobId, 'scheduleDeviceMethod', 'completed']);
    assert.deepEqual(ok.outcome.deviceMethodResponse, { status: 200, payload: { got: { n: 1 } } });
    assert.ok(Date.parse(ok.startTimeUtc) <= Date.parse(ok.endTimeUtc));
    const failed = byDevice[offline.deviceId];
    assert.deepEqual([failed.status, failed.error.code], ['failed', 'DeviceNotOnline']);
    assert.ok(failed.error.description);
  });

  test("rows: a device's own error status is a completed row", async () => {
    const { deviceId } = await answering({ echo: () => ({ status: 500, payload: 'jammed' }) });
    const jobId = newId('job');
    await jobs.scheduleDeviceMethod(jobId, among([deviceId]), method, new Date(), WINDOW_S);
    assert.deepEqual(counts(await finished(jobId)), [1, 1, 0, 0, 0]);
    const [row] = await rows(jobId);
    assert.deepEqual([row.status, row.outcome.deviceMethodResponse], ['completed', { status: 500, payload: 'jammed' }]);
  });

  test('rows: no answer in time is a failed row', async () => {
    const { deviceId, client } = await answering({});
    client.onDeviceMethod('echo', () => {});
    const jobId = newId('job');
    await jobs.scheduleDeviceMethod(jobId, among([deviceId]), method, new Date(), WINDOW_S);
    assert.deepEqual(counts(await finished(jobId)), [1, 0, 1, 0, 0]);
    const [row] = await rows(jobId);
    assert.deepEqual([row.status, row.error.code], ['failed', 'GatewayTimeout']);
  });

  test('rows: page by page', async () => {
    const devices = (await Promise.all(Array.from({ length: 5 }, () => newDevice()))).map(({ deviceId }) => deviceId);
    const jobId = newId('job');
    await jobs.scheduleTwinUpdate(jobId, among(devices), { etag: '*', tags: { a: 1 } }, new Date(), WINDOW_S);
    await finished(jobId);
    const query = registry.createQuery(`SELECT * FROM devices.jobs WHERE devices.jobs.jobId = '${jobId}'`, 2);
    assert.deepEqual((await rowsOf(query)).map((row) => row.deviceId).sort(), [...devices].sort());
  });

  test('the execution window ends a job whose devices never came', async () => {
    const { deviceId, client } = await answering({});
    client.onDeviceMethod('echo', () => {});
    const jobId = newId('job');
    await jobs.scheduleDeviceMethod(jobId, among([deviceId]), { ...method, responseTimeoutInSeconds: 300 }, new Date(), 3);
    const job = await finished(jobId);
    assert.deepEqual([job.status, ...counts(job)], ['completed', 1, 0, 1, 0, 0]);
  });
});
