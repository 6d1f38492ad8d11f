// What a connected device does: telemetry, its twin, desired properties. Over MQTT, over MQTT in a WebSocket, as a module.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import device from 'azure-iot-device';
import mqtt from 'azure-iot-device-mqtt';
import { answering, connected, newModule, registry, service, serviceRequest, until, within } from './support.mjs';

/** @param {any} twin @param {object} patch @returns {Promise<void>} */
const report = (twin, patch) =>
  new Promise((resolve, reject) => twin.properties.reported.update(patch, (/** @type {any} */ error) => (error ? reject(error) : resolve())));
/** @param {string} deviceId @returns {Promise<any>} */
const read = async (deviceId) => (await registry.getTwin(deviceId)).responseBody;

/**
 * The newest message that the hub has got, from its own window on telemetry: no SDK reads it from where a hub sends it.
 *
 * @param {string} path
 * @returns {Promise<any>}
 */
async function telemetryOf(path) {
  /** @type {any} */
  let newest;
  await until(async () => (newest = (await (await serviceRequest('GET', `/fleetcast/v1/devices/${path}/telemetry`)).json()).at(-1)));
  return newest;
}

/**
 * Listens for desired properties, and returns when they really come: the SDK subscribes in the background.
 *
 * @param {any} twin
 * @param {(desired: object) => Promise<any>} write
 */
async function listening(twin, write) {
  /** @type {any[]} */
  const received = [];
  twin.on('properties.desired', (/** @type {any} */ patch) => received.push(patch));
  await until(async () => {
    await write({ listening: Date.now() });
    // The first call of a listener is about what was desired before.
    return received.length > 1 && '$version' in received.at(-1) && 'listening' in received.at(-1);
  });
  return received;
}

/** @param {any} transport */
function twinAndTelemetry(transport) {
  test('telemetry: one message', async () => {
    const { deviceId, client } = await connected(transport);
    await client.sendEvent(new device.Message(JSON.stringify({ temperature: 21.5 })));
    assert.equal((await telemetryOf(deviceId)).body, '{"temperature":21.5}');
  });

  test('telemetry: properties of every kind', async () => {
    const { deviceId, client } = await connected(transport);
    const message = new device.Message('{"a":1}');
    message.messageId = 'm/1 &=';
    message.correlationId = 'c/1';
    message.userId = 'user';
    message.contentType = 'application/json';
    message.contentEncoding = 'utf-8';
    message.properties.add('alert level', 'high & ü/+=');
    message.properties.add('empty', '');
    await client.sendEvent(message);
    const { properties, systemProperties: system } = await telemetryOf(deviceId);
    assert.deepEqual(properties, { 'alert level': 'high & ü/+=', empty: '' });
    assert.deepEqual([system['message-id'], system['correlation-id'], system['user-id']], ['m/1 &=', 'c/1', 'user']);
    assert.deepEqual([system['content-type'], system['content-encoding']], ['application/json', 'utf-8']);
  });

  test('twin: read, both sections with their versions', async () => {
    const { deviceId, client } = await connected(transport);
    await registry.updateTwin(deviceId, { tags: { hidden: true }, properties: { desired: { interval: 60 } } }, '*');
    const twin = await client.getTwin();
    const { desired, reported } = /** @type {any} */ (twin).properties;
    assert.deepEqual([desired.interval, desired.$version, reported.$version], [60, 2, 1]);
    assert.equal('tags' in twin, false, 'tags are not for devices');
  });

  test('twin: reported properties arrive, null removes', async () => {
    const { deviceId, client } = await connected(transport);
    const twin = await client.getTwin();
    await report(twin, { firmware: { version: '1.0.3', old: true }, note: 'ü' });
    await report(twin, { firmware: { old: null } });
    const { reported } = (await read(deviceId)).properties;
    assert.deepEqual([reported.firmware, reported.note, reported.$version], [{ version: '1.0.3' }, 'ü', 3]);
    assert.ok(reported.$metadata.firmware.version.$lastUpdated);
  });

  test('twin: a reported property that is not allowed is refused', async () => {
    const { deviceId, client } = await connected(transport);
    const twin = await client.getTwin();
    await assert.rejects(report(twin, { 'a.b': 1 }));
    await assert.rejects(report(twin, { big: 'x'.repeat(5000) }));
    assert.equal((await read(deviceId)).properties.reported.$version, 1);
  });

  test('twin: desired properties are pushed with their version, nulls included', async () => {
    const { deviceId, client } = await connected(transport);
    const twin = await client.getTwin();
    const write = (/** @type {object} */ desired) => registry.updateTwin(deviceId, { properties: { desired } }, '*');
    const received = await listening(twin, write);
    await write({ door: { locked: true, since: 'noon' } });
    await write({ door: { since: null } });
    await until(() => received.some((patch) => patch.door?.since === null), 'the removal');
    const { $version } = (await read(deviceId)).properties.desired;
    assert.deepEqual(received.at(-1), { door: { since: null }, $version });
  });

  test('methods: called and answered', async () => {
    const { deviceId } = await answering({ echo: (payload) => ({ status: 201, payload }) }, transport);
    const { result } = await service.invokeDeviceMethod(deviceId, { methodName: 'echo', payload: { over: 'this' } });
    assert.deepEqual(result, { status: 201, payload: { over: 'this' } });
  });
}

describe('Devices over MQTT', { concurrency: true }, () => {
  twinAndTelemetry(mqtt.Mqtt);

  test('twin: listening to one property', async () => {
    const { deviceId, client } = await connected();
    const twin = await client.getTwin();
    const write = (/** @type {object} */ desired) => registry.updateTwin(deviceId, { properties: { desired } }, '*');
    await listening(twin, write);
    const received = new Promise((resolve) => twin.on('properties.desired.door.locked', (value) => value === true && resolve(value)));
    await write({ door: { locked: true } });
    await within(received, 'the property');
  });

  test('telemetry: 255 KB', async () => {
    const { client } = await connected();
    await client.sendEvent(new device.Message('x'.repeat(255 * 1024)));
  });
});

describe('Devices over MQTT in a WebSocket', { concurrency: true }, () => {
  twinAndTelemetry(mqtt.MqttWs);
});

describe('Modules over MQTT', { concurrency: true }, () => {
  test('telemetry: one message, and one to an output', async () => {
    const { deviceId, moduleId, client } = await newModule();
    await client.open();
    await client.sendEvent(new device.Message('"plain"'));
    assert.equal((await telemetryOf(`${deviceId}/modules/${moduleId}`)).body, '"plain"');
    await client.sendOutputEvent('out', new device.Message('"to an output"'));
    await until(async () => (await telemetryOf(`${deviceId}/modules/${moduleId}`)).body === '"to an output"');
  });

  test('twin: read, reported, desired', async () => {
    const { deviceId, moduleId, client } = await newModule();
    await client.open();
    const twin = await client.getTwin();
    await report(twin, { ready: true });
    assert.equal((await registry.getModuleTwin(deviceId, moduleId)).responseBody.properties.reported.ready, true);
    await listening(twin, (desired) => registry.updateModuleTwin(deviceId, moduleId, { properties: { desired } }, '*'));
  });

  test('input messages: subscribed without complaint', async () => {
    const { client } = await newModule();
    await client.open();
    client.on('inputMessage', () => {});
    await client.sendEvent(new device.Message('still connected'));
  });
});
