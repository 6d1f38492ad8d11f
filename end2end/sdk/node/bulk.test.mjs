// Up to a hundred identities in one request. One that cannot be written is reported by name; the others are written.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { newDevice, newId, newKey, refused, registry } from './support.mjs';

/** @param {number} count */
const some = (count) => Array.from({ length: count }, () => ({ deviceId: newId() }));

/**
 * @param {string} deviceId
 * @returns {Promise<any>}
 */
const read = async (deviceId) => (await registry.get(deviceId)).responseBody;

/** @param {Promise<any>} call @returns {Promise<any>} the outcome that comes with a 400 */
async function outcomeOf(call) {
  const error = await call.then(() => assert.fail('all went well'), (reason) => reason);
  assert.equal(error.response?.statusCode, 400);
  return typeof error.responseBody === 'string' ? JSON.parse(error.responseBody) : error.responseBody;
}

describe('Identities in bulk', { concurrency: true }, () => {
  test('create: a hundred at once', async () => {
    const devices = some(100).map((device) => ({
      ...device,
      status: /** @type {const} */ ('enabled'),
      authentication: { symmetricKey: { primaryKey: newKey(), secondaryKey: newKey() } },
    }));
    const { responseBody } = await registry.addDevices(devices);
    assert.deepEqual([responseBody.isSuccessful, responseBody.errors], [true, []]);
    const last = devices[99];
    assert.deepEqual((await read(last?.deviceId ?? '')).authentication.symmetricKey, last?.authentication.symmetricKey);
  });

  test('create: makes keys when none are given', async () => {
    const [device] = some(1);
    await registry.addDevices(device ? [device] : []);
    assert.equal(Buffer.from((await read(device?.deviceId ?? '')).authentication.symmetricKey.primaryKey, 'base64').length, 32);
  });

  test('create: one that exists is reported, the others are made', async () => {
    const { deviceId } = await newDevice();
    const [other] = some(1);
    const outcome = await outcomeOf(registry.addDevices([{ deviceId }, { deviceId: other?.deviceId ?? '' }]));
    assert.equal(outcome.isSuccessful, false);
    assert.deepEqual(outcome.errors.map((/** @type {any} */ e) => [e.deviceId, e.errorCode]), [[deviceId, 'DeviceAlreadyExists']]);
    assert.equal((await read(other?.deviceId ?? '')).deviceId, other?.deviceId);
  });

  test('update: by force', async () => {
    const { deviceId } = await newDevice();
    await registry.updateDevices([{ ...(await read(deviceId)), status: 'disabled', etag: 'c3RhbGU=' }], true);
    assert.equal((await read(deviceId)).status, 'disabled');
  });

  test('update: with the etag', async () => {
    const { deviceId } = await newDevice();
    await registry.updateDevices([{ ...(await read(deviceId)), status: 'disabled' }], false);
    assert.equal((await read(deviceId)).status, 'disabled');
  });

  test('update: a stale etag is reported, nothing is changed', async () => {
    const { deviceId } = await newDevice();
    const stale = await read(deviceId);
    await registry.update(stale);
    const outcome = await outcomeOf(registry.updateDevices([{ ...stale, status: 'disabled' }], false));
    assert.deepEqual(outcome.errors.map((/** @type {any} */ e) => [e.deviceId, e.errorCode]), [[deviceId, 'PreconditionFailed']]);
    assert.equal((await read(deviceId)).status, 'enabled');
  });

  test('update: an unknown id is reported', async () => {
    const deviceId = newId();
    const outcome = await outcomeOf(registry.updateDevices([{ deviceId }], true));
    assert.deepEqual(outcome.errors.map((/** @type {any} */ e) => [e.deviceId, e.errorCode]), [[deviceId, 'DeviceNotFound']]);
  });

  test('remove: by force', async () => {
    const { deviceId } = await newDevice();
    await registry.removeDevices([{ deviceId }], true);
    await refused(registry.get(deviceId), 404, 'DeviceNotFound');
  });

  test('remove: with the etag', async () => {
    const { deviceId } = await newDevice();
    await registry.removeDevices([await read(deviceId)], false);
    await refused(registry.get(deviceId), 404, 'DeviceNotFound');
  });

  test('remove: a stale etag is reported, nothing is removed', async () => {
    const { deviceId } = await newDevice();
    const stale = await read(deviceId);
    await registry.update(stale);
    const outcome = await outcomeOf(registry.removeDevices([stale], false));
    assert.deepEqual(outcome.errors.map((/** @type {any} */ e) => [e.deviceId, e.errorCode]), [[deviceId, 'PreconditionFailed']]);
    assert.equal((await read(deviceId)).deviceId, deviceId);
  });

  test('remove: an unknown id is reported', async () => {
    const deviceId = newId();
    const outcome = await outcomeOf(registry.removeDevices([{ deviceId }], true));
    assert.deepEqual(outcome.errors.map((/** @type {any} */ e) => [e.deviceId, e.errorCode]), [[deviceId, 'DeviceNotFound']]);
  });

  test('the same id twice in one request is refused', async () => {
    const deviceId = newId();
    const error = await registry.addDevices([{ deviceId }, { deviceId }]).then(() => assert.fail('it was taken'), (reason) => reason);
    assert.equal(error.response?.statusCode, 400);
  });
});
