// Module identities, and what connects with one.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { newDevice, newId, newModule, refused, registry } from './support.mjs';

/**
 * @param {string} deviceId
 * @param {string} moduleId
 * @returns {Promise<any>}
 */
const read = async (deviceId, moduleId) => (await registry.getModule(deviceId, moduleId)).responseBody;

describe('Module identities', { concurrency: true }, () => {
  test('create: makes both keys, keeps who manages it', async () => {
    const { deviceId } = await newDevice();
    await registry.addModule({ deviceId, moduleId: 'm1', managedBy: 'somebody' });
    const module = await read(deviceId, 'm1');
    assert.deepEqual([module.deviceId, module.moduleId, module.managedBy], [deviceId, 'm1', 'somebody']);
    assert.equal(Buffer.from(module.authentication.symmetricKey.primaryKey, 'base64').length, 32);
    assert.equal(Buffer.from(module.authentication.symmetricKey.secondaryKey, 'base64').length, 32);
  });

  test('create: a module that exists is 409 ModuleAlreadyExistsOnDevice', async () => {
    const { deviceId, moduleId } = await newModule();
    await refused(registry.addModule({ deviceId, moduleId }), 409, 'ModuleAlreadyExistsOnDevice');
  });

  test('create: on an unknown device is 404 DeviceNotFound', async () => {
    await refused(registry.addModule({ deviceId: newId(), moduleId: 'm1' }), 404, 'DeviceNotFound', 'DeviceNotFoundError');
  });

  test('get: an unknown module is 404 ModuleNotFound', async () => {
    const { deviceId } = await newDevice();
    await refused(registry.getModule(deviceId, 'none'), 404, 'ModuleNotFound');
  });

  test('list: the modules of a device, of one without modules none', async () => {
    const { deviceId } = await newDevice();
    assert.deepEqual((await registry.getModulesOnDevice(deviceId)).responseBody, []);
    await registry.addModule({ deviceId, moduleId: 'm2' });
    await registry.addModule({ deviceId, moduleId: 'm1' });
    const { responseBody: modules } = await registry.getModulesOnDevice(deviceId);
    assert.deepEqual(modules.map((module) => module.moduleId).sort(), ['m1', 'm2']);
  });

  test('update: with the etag', async () => {
    const { deviceId, moduleId } = await newModule();
    await registry.updateModule({ ...(await read(deviceId, moduleId)), managedBy: 'another' });
    assert.equal((await read(deviceId, moduleId)).managedBy, 'another');
  });

  test('update: a stale etag is 412 PreconditionFailed', async () => {
    const { deviceId, moduleId } = await newModule();
    const stale = await read(deviceId, moduleId);
    await registry.updateModule(stale);
    await refused(registry.updateModule({ ...stale, managedBy: 'x' }), 412, 'PreconditionFailed', 'InvalidEtagError');
  });

  test('update: whatever the etag, by force', async () => {
    const { deviceId, moduleId } = await newModule();
    await registry.updateModule({ ...(await read(deviceId, moduleId)), etag: 'c3RhbGU=', managedBy: 'forced' }, true);
    assert.equal((await read(deviceId, moduleId)).managedBy, 'forced');
  });

  test('update: an unknown module is 404 ModuleNotFound', async () => {
    const { deviceId } = await newDevice();
    await refused(registry.updateModule({ deviceId, moduleId: 'none', managedBy: '' }, true), 404, 'ModuleNotFound');
  });

  test('delete: and its twin is gone', async () => {
    const { deviceId, moduleId } = await newModule();
    await registry.removeModule(deviceId, moduleId);
    await refused(registry.getModule(deviceId, moduleId), 404, 'ModuleNotFound');
    await refused(registry.getModuleTwin(deviceId, moduleId), 404, 'DeviceNotFound');
  });

  test('delete: a stale etag is 412 PreconditionFailed', async () => {
    const { deviceId, moduleId } = await newModule();
    const stale = await read(deviceId, moduleId);
    await registry.updateModule(stale);
    // The promise form of the SDK takes ids only.
    const removed = new Promise((resolve, reject) => {
      registry.removeModule(stale, (error, result) => (error ? reject(error) : resolve(result)));
    });
    await refused(removed, 412, 'PreconditionFailed', 'InvalidEtagError');
  });

  test('delete: an unknown module is 404 ModuleNotFound', async () => {
    const { deviceId } = await newDevice();
    await refused(registry.removeModule(deviceId, 'none'), 404, 'ModuleNotFound');
  });
});
