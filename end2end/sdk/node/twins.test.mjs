// Twins as a service sees them: read, merged, guarded by etags, kept within limits. Those of modules likewise.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { newDevice, newId, newModule, refused, registry } from './support.mjs';

/** @param {string} deviceId @returns {Promise<any>} */
const read = async (deviceId) => (await registry.getTwin(deviceId)).responseBody;
/**
 * @param {string} deviceId
 * @param {object} patch
 * @param {string} [etag]
 * @returns {Promise<any>}
 */
const patch = async (deviceId, patch, etag = '*') => (await registry.updateTwin(deviceId, patch, etag)).responseBody;
/** Without the hub's own members. @param {any} section */
const plain = ({ $version, $metadata, ...rest }) => rest;

/** A section whose objects nest one less deep than this. @param {number} depth */
const nested = (depth) => Array.from({ length: depth }).reduce((/** @type {any} */ inner) => ({ n: inner }), 1);

describe('Twins', { concurrency: true }, () => {
  test('get: of a new device', async () => {
    const { deviceId } = await newDevice();
    const twin = await read(deviceId);
    assert.equal(twin.deviceId, deviceId);
    assert.ok(twin.etag && twin.deviceEtag);
    assert.deepEqual([twin.status, twin.connectionState, twin.authenticationType], ['enabled', 'Disconnected', 'sas']);
    assert.deepEqual(twin.tags ?? {}, {});
    assert.deepEqual([twin.properties.desired.$version, twin.properties.reported.$version], [1, 1]);
  });

  test('get: an unknown device is 404 DeviceNotFound', async () => {
    await refused(registry.getTwin(newId()), 404, 'DeviceNotFound', 'DeviceNotFoundError');
  });

  test('update: merges tags and desired, null removes, arrays are replaced', async () => {
    const { deviceId } = await newDevice();
    await patch(deviceId, { tags: { site: { hall: 1, row: 2 }, old: true }, properties: { desired: { list: [1, 2], keep: 'x' } } });
    const twin = await patch(deviceId, { tags: { site: { row: 3 }, old: null }, properties: { desired: { list: [3] } } });
    assert.deepEqual(twin.tags, { site: { hall: 1, row: 3 } });
    assert.deepEqual(plain(twin.properties.desired), { list: [3], keep: 'x' });
    assert.deepEqual(plain((await read(deviceId)).properties.desired), { list: [3], keep: 'x' });
  });

  test('update: versions grow, metadata has the time', async () => {
    const { deviceId } = await newDevice();
    const before = await read(deviceId);
    const twin = await patch(deviceId, { properties: { desired: { interval: 60 } } });
    assert.equal(twin.version, before.version + 1);
    assert.equal(twin.properties.desired.$version, 2);
    assert.equal(twin.properties.desired.$metadata.interval.$lastUpdatedVersion, 2);
    assert.ok(Date.parse(twin.properties.desired.$metadata.interval.$lastUpdated) > 0);
  });

  test('update: the right etag passes and moves', async () => {
    const { deviceId } = await newDevice();
    const { etag } = await read(deviceId);
    const twin = await patch(deviceId, { tags: { a: 1 } }, etag);
    assert.notEqual(twin.etag, etag);
  });

  test('update: a stale etag is 412 PreconditionFailed, nothing is changed', async () => {
    const { deviceId } = await newDevice();
    const { etag } = await read(deviceId);
    await patch(deviceId, { tags: { a: 1 } });
    await refused(registry.updateTwin(deviceId, { tags: { a: 2 } }, etag), 412, 'PreconditionFailed', 'InvalidEtagError');
    assert.deepEqual((await read(deviceId)).tags, { a: 1 });
  });

  test('update: etag * never conflicts', async () => {
    const { deviceId } = await newDevice();
    await Promise.all([1, 2, 3, 4].map((n) => patch(deviceId, { tags: { [`k${n}`]: n } })));
    assert.deepEqual((await read(deviceId)).tags, { k1: 1, k2: 2, k3: 3, k4: 4 });
  });

  test('update: reported properties in a service request are ignored', async () => {
    const { deviceId } = await newDevice();
    const twin = await patch(deviceId, { tags: { a: 1 }, properties: { reported: { forged: true } } });
    assert.deepEqual(plain(twin.properties.reported), {});
  });

  test('update: an unknown device is 404 DeviceNotFound', async () => {
    await refused(registry.updateTwin(newId(), { tags: {} }, '*'), 404, 'DeviceNotFound', 'DeviceNotFoundError');
  });

  test('update: a key with a dot is 400', async () => {
    const { deviceId } = await newDevice();
    await refused(registry.updateTwin(deviceId, { tags: { 'a.b': 1 } }, '*'), 400, 'ArgumentInvalid', 'ArgumentError');
  });

  test('update: more than 8 KB of tags is 400', async () => {
    const { deviceId } = await newDevice();
    const tags = Object.fromEntries(['a', 'b', 'c'].map((key) => [key, 'x'.repeat(3000)]));
    await refused(registry.updateTwin(deviceId, { tags }, '*'), 400, 'ArgumentInvalid', 'ArgumentError');
  });

  test('update: more than 32 KB of desired properties is 400', async () => {
    const { deviceId } = await newDevice();
    const desired = Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`k${n}`, 'x'.repeat(4000)]));
    await refused(registry.updateTwin(deviceId, { properties: { desired } }, '*'), 400, 'ArgumentInvalid', 'ArgumentError');
  });

  test('update: objects ten deep are taken, eleven deep are 400', async () => {
    const { deviceId } = await newDevice();
    await patch(deviceId, { properties: { desired: nested(11) } });
    await refused(registry.updateTwin(deviceId, { properties: { desired: nested(12) } }, '*'), 400, 'ArgumentInvalid', 'ArgumentError');
  });

  test('a Twin object: reads and updates itself, its own etag guards it', async () => {
    const { deviceId } = await newDevice();
    const twin = (await registry.getTwin(deviceId)).responseBody;
    await twin.update({ tags: { by: 'itself' } });
    assert.deepEqual(twin.tags, { by: 'itself' });
    await patch(deviceId, { tags: { by: 'another' } });
    await refused(twin.update({ tags: { by: 'itself again' } }), 412, 'PreconditionFailed', 'InvalidEtagError');
    await twin.get();
    assert.deepEqual(twin.tags, { by: 'another' });
  });
});

describe('Module twins', { concurrency: true }, () => {
  test('get: of a new module', async () => {
    const { deviceId, moduleId } = await newModule();
    const { responseBody: twin } = await registry.getModuleTwin(deviceId, moduleId);
    assert.deepEqual([twin.deviceId, twin.moduleId], [deviceId, moduleId]);
    assert.equal(twin.properties.desired.$version, 1);
  });

  test('get: an unknown module is 404 DeviceNotFound', async () => {
    const { deviceId } = await newDevice();
    await refused(registry.getModuleTwin(deviceId, 'none'), 404, 'DeviceNotFound', 'DeviceNotFoundError');
  });

  test("update: merges, apart from the device's twin", async () => {
    const { deviceId, moduleId } = await newModule();
    await registry.updateModuleTwin(deviceId, moduleId, { tags: { of: 'module' }, properties: { desired: { n: 1 } } }, '*');
    const { responseBody: twin } = await registry.getModuleTwin(deviceId, moduleId);
    assert.deepEqual([twin.tags, plain(twin.properties.desired)], [{ of: 'module' }, { n: 1 }]);
    assert.deepEqual((await read(deviceId)).tags ?? {}, {});
  });

  test('update: a stale etag is 412 PreconditionFailed', async () => {
    const { deviceId, moduleId } = await newModule();
    const { responseBody: stale } = await registry.getModuleTwin(deviceId, moduleId);
    await registry.updateModuleTwin(deviceId, moduleId, { tags: { a: 1 } }, stale.etag);
    await refused(
      registry.updateModuleTwin(deviceId, moduleId, { tags: { a: 2 } }, stale.etag),
      412, 'PreconditionFailed', 'InvalidEtagError',
    );
  });
});
