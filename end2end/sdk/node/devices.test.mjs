// Device identities: created, read, changed, deleted, and every way to be refused.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import hub from 'azure-iothub';
import { connectionString, hostName, newDevice, newId, newKey, refused, registry, watched } from './support.mjs';

const THUMBPRINT = 'A'.repeat(40);
/** @param {string} deviceId @returns {Promise<any>} */
const read = async (deviceId) => (await registry.get(deviceId)).responseBody;

describe('Device identities', { concurrency: true }, () => {
  test('create: makes both keys when none are given', async () => {
    const deviceId = newId();
    /** @type {any} */
    const device = (await registry.create({ deviceId })).responseBody;
    const { primaryKey, secondaryKey } = device.authentication?.symmetricKey ?? {};
    assert.equal(Buffer.from(primaryKey ?? '', 'base64').length, 32);
    assert.equal(Buffer.from(secondaryKey ?? '', 'base64').length, 32);
    assert.notEqual(primaryKey, secondaryKey);
    assert.equal(device.deviceId, deviceId);
    assert.equal(device.status, 'enabled');
    assert.equal(device.connectionState, 'Disconnected');
    assert.equal(device.authentication?.type, 'sas');
    assert.ok(device.etag && device.generationId);
  });

  test('create: keeps keys, status and reason as given', async () => {
    const symmetricKey = { primaryKey: newKey(), secondaryKey: newKey() };
    const { deviceId } = await newDevice({ status: 'disabled', statusReason: 'not yet', authentication: { symmetricKey } });
    const { responseBody: device } = await registry.get(deviceId);
    assert.deepEqual(device.authentication?.symmetricKey, symmetricKey);
    assert.deepEqual([device.status, device.statusReason], ['disabled', 'not yet']);
  });

  test('create: keeps thumbprints of certificates', async () => {
    const x509Thumbprint = { primaryThumbprint: THUMBPRINT, secondaryThumbprint: THUMBPRINT.replaceAll('A', 'b') };
    const { deviceId } = await newDevice({ authentication: { x509Thumbprint } });
    const device = await read(deviceId);
    assert.equal(device.authentication?.type, 'selfSigned');
    assert.deepEqual(device.authentication?.x509Thumbprint, x509Thumbprint);
  });

  test('create: takes a device of a certificate authority', async () => {
    const { deviceId } = await newDevice({ authentication: { type: 'certificateAuthority' } });
    assert.equal((await read(deviceId)).authentication?.type, 'certificateAuthority');
  });

  test('create: keeps the edge capability', async () => {
    const { deviceId } = await newDevice({ capabilities: { iotEdge: true } });
    assert.equal((await registry.get(deviceId)).responseBody.capabilities?.iotEdge, true);
  });

  test('create: takes every character that an id may have', async () => {
    const deviceId = `${newId()}-:.+%_#*?!(),=@;$'`;
    await registry.create({ deviceId });
    assert.equal((await registry.get(deviceId)).responseBody.deviceId, deviceId);
    await registry.delete(deviceId);
  });

  test('create: an id that exists is 409 DeviceAlreadyExists', async () => {
    const { deviceId } = await newDevice();
    await refused(registry.create({ deviceId }), 409, 'DeviceAlreadyExists', 'DeviceAlreadyExistsError');
  });

  test('create: one key alone is 400', async () => {
    const authentication = { symmetricKey: { primaryKey: newKey(), secondaryKey: '' } };
    await refused(registry.create({ deviceId: newId(), authentication }), 400, 'ArgumentInvalid', 'ArgumentError');
  });

  test('create: a key of a wrong length is 400', async () => {
    const key = Buffer.from('too short').toString('base64');
    const authentication = { symmetricKey: { primaryKey: key, secondaryKey: key } };
    await refused(registry.create({ deviceId: newId(), authentication }), 400, 'ArgumentInvalid', 'ArgumentError');
  });

  test('create: a thumbprint that is none is 400', async () => {
    const authentication = { x509Thumbprint: { primaryThumbprint: 'no hex', secondaryThumbprint: 'no hex' } };
    await refused(registry.create({ deviceId: newId(), authentication }), 400, 'ArgumentInvalid', 'ArgumentError');
  });

  test('create: a character that an id may not have is 400', async () => {
    await refused(registry.create({ deviceId: `${newId()} blank` }), 400, 'ArgumentInvalid', 'ArgumentError');
  });

  test('create: an id over 128 characters is 400', async () => {
    await refused(registry.create({ deviceId: 'x'.repeat(129) }), 400, 'ArgumentInvalid', 'ArgumentError');
  });

  test('get: an unknown id is 404 DeviceNotFound', async () => {
    await refused(registry.get(newId()), 404, 'DeviceNotFound', 'DeviceNotFoundError');
  });

  test('list: has the device', async () => {
    const { deviceId } = await newDevice();
    const { responseBody: devices } = await registry.list();
    assert.ok(devices.length <= 1000);
    assert.ok(devices.some((device) => device.deviceId === deviceId));
  });

  test('update: whatever the etag, by force', async () => {
    const { deviceId, key } = await newDevice();
    const { responseBody: device } = await registry.get(deviceId);
    const etag = device.etag;
    await registry.update({ ...device, deviceId, status: 'disabled', statusReason: 'maintenance', etag: 'c3RhbGU=' });
    const { responseBody: updated } = await registry.get(deviceId);
    assert.deepEqual([updated.status, updated.statusReason], ['disabled', 'maintenance']);
    assert.equal(updated.authentication?.symmetricKey?.primaryKey, key, 'the keys stay');
    assert.notEqual(updated.etag, etag, 'the etag moves');
  });

  test('update: without authentication makes new keys', async () => {
    const { deviceId, key } = await newDevice();
    await registry.update({ deviceId });
    assert.notEqual((await registry.get(deviceId)).responseBody.authentication?.symmetricKey?.primaryKey, key);
  });

  test('update: an unknown id is 404 DeviceNotFound', async () => {
    await refused(registry.update({ deviceId: newId() }), 404, 'DeviceNotFound', 'DeviceNotFoundError');
  });

  test('delete: and its twin is gone', async () => {
    const { deviceId } = await newDevice();
    const { httpResponse } = await registry.delete(deviceId);
    assert.equal(httpResponse.statusCode, 204);
    await refused(registry.get(deviceId), 404, 'DeviceNotFound');
    await refused(registry.getTwin(deviceId), 404, 'DeviceNotFound');
  });

  test('delete: an unknown id is 404 DeviceNotFound', async () => {
    await refused(registry.delete(newId()), 404, 'DeviceNotFound', 'DeviceNotFoundError');
  });
});

describe('Credentials of a service', { concurrency: true }, () => {
  /** @param {string} text */
  const registryOf = (text) => watched('azure-iothub Registry', hub.Registry.fromConnectionString(text));

  test('a wrong key is 401', async () => {
    const wrong = registryOf(connectionString.replace(/SharedAccessKey=.*/, `SharedAccessKey=${newKey()}`));
    await refused(wrong.list(), 401, 'IotHubUnauthorizedAccess', 'UnauthorizedError');
  });

  test('an unknown policy is 401', async () => {
    const unknown = registryOf(connectionString.replace('iothubowner', 'nobody'));
    await refused(unknown.list(), 401, 'IotHubUnauthorizedAccess', 'UnauthorizedError');
  });

  test("a device's key is 401", async () => {
    const { key } = await newDevice();
    const own = registryOf(`HostName=${hostName};SharedAccessKeyName=device;SharedAccessKey=${key}`);
    await refused(own.list(), 401, 'IotHubUnauthorizedAccess', 'UnauthorizedError');
  });

  test('a ready token is taken', async () => {
    const given = watched('azure-iothub Registry', hub.Registry.fromSharedAccessSignature(token(Date.now() / 1000 + 3600)));
    assert.ok(Array.isArray((await given.list()).responseBody));
  });

  test('an expired token is 401', async () => {
    const given = watched('azure-iothub Registry', hub.Registry.fromSharedAccessSignature(token(Date.now() / 1000 - 3600)));
    await refused(given.list(), 401, 'IotHubUnauthorizedAccess', 'UnauthorizedError');
  });

  test('a bearer token (Entra ID) is 401', async () => {
    const credential = { getToken: async () => ({ token: 'eyJ.e30.x', expiresOnTimestamp: Date.now() + 3_600_000 }) };
    const bearer = watched('azure-iothub Registry', hub.Registry.fromTokenCredential(hostName, credential));
    await refused(bearer.list(), 401, 'IotHubUnauthorizedAccess', 'UnauthorizedError');
  });
});

/** @param {number} expiry seconds */
function token(expiry) {
  const { HostName, SharedAccessKeyName, SharedAccessKey } = hub.ConnectionString.parse(connectionString);
  return hub.SharedAccessSignature.create(HostName ?? '', SharedAccessKeyName ?? '', SharedAccessKey ?? '', Math.floor(expiry)).toString();
}
