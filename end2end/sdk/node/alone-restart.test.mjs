// The hub is killed and started again: SDKs come back by themselves, and nothing they received is lost.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { answering, jobs, newDevice, newId, registry, service, until } from './support.mjs';

const control = process.env.HUB_CONTROL ?? assert.fail('HUB_CONTROL is not set');

describe('The hub is killed and comes back', () => {
  test('devices come back, subscriptions, twins and jobs are there', async () => {
    const devices = await Promise.all(Array.from({ length: 20 }, () => answering({ echo: (payload) => ({ status: 200, payload }) })));
    const [first] = devices;
    const deviceId = first?.deviceId ?? '';
    const twin = await first?.client.getTwin();
    /** @type {any[]} */
    const received = [];
    twin?.on('properties.desired', (/** @type {any} */ patch) => received.push(patch));
    await until(async () => {
      await registry.updateTwin(deviceId, { tags: { kept: true }, properties: { desired: { before: Date.now() } } }, '*');
      return received.length > 1;
    });
    const other = await newDevice();
    const jobId = newId('job');
    const patch = { etag: '*', tags: { job: 'ran' } };
    await jobs.scheduleTwinUpdate(jobId, `deviceId = '${other.deviceId}'`, patch, new Date(Date.now() + 4_000), 60);

    const response = await fetch(control, { method: 'POST' });
    assert.equal(response.status, 204, await response.text());

    // The client may send its first request on a connection that it kept from before the kill.
    await until(() => registry.getTwin(deviceId).then(() => true, () => false), 'an answer of the hub');
    assert.deepEqual((await registry.getTwin(deviceId)).responseBody.tags, { kept: true });
    await Promise.all(
      devices.map(async ({ deviceId }) => {
        const method = { methodName: 'echo', payload: { deviceId }, connectTimeoutInSeconds: 30, responseTimeoutInSeconds: 30 };
        assert.deepEqual((await service.invokeDeviceMethod(deviceId, method)).result, { status: 200, payload: { deviceId } });
      }),
    );
    await registry.updateTwin(deviceId, { properties: { desired: { after: true } } }, '*');
    await until(() => received.some((patch) => patch.after === true), 'the desired property after the restart');
    await until(async () => (await jobs.getJob(jobId)).jobStatus.status === 'completed', 'the job');
    assert.deepEqual((await registry.getTwin(other.deviceId)).responseBody.tags, { job: 'ran' });
  });
});
