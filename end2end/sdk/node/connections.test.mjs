// Devices come and go: with which credentials, how often, how many, and what the hub remembers of them in between.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import common from 'azure-iot-common';
import device from 'azure-iot-device';
import mqtt from 'azure-iot-device-mqtt';
import {
  answer, answering, clientOf, connected, hostName, newDevice, newId, newKey, registry, service, until, untilAnswering, watched, within,
} from './support.mjs';

const echo = { echo: (/** @type {any} */ payload) => ({ status: 200, payload }) };
/** @param {string} deviceId @param {any} [payload] @returns {Promise<any>} */
const call = async (deviceId, payload = { n: 1 }) =>
  (await service.invokeDeviceMethod(deviceId, { methodName: 'echo', payload, responseTimeoutInSeconds: 30, connectTimeoutInSeconds: 30 })).result;
/** @param {string} deviceId @returns {Promise<any>} */
const twinOf = async (deviceId) => (await registry.getTwin(deviceId)).responseBody;
/** @param {string} deviceId @returns {Promise<any>} */
const identity = async (deviceId) => (await registry.get(deviceId)).responseBody;
/** An SDK that may not reconnect reports at once that it was disconnected. @param {any} client */
const cutOff = (client) => {
  client.setRetryPolicy(new common.NoRetry());
  return once(client, 'disconnect');
};
/** @param {any} client @param {string} name */
const once = (client, name) => within(new Promise((resolve) => client.once(name, resolve)), `"${name}"`);
/** @param {string} deviceId @param {string} key @param {number} seconds */
const token = (deviceId, key, seconds) =>
  device.SharedAccessSignature.create(hostName, deviceId, key, Math.floor(Date.now() / 1000) + seconds).toString();

/** That the SDK sees a CONNACK that says: not authorized. @param {Promise<any>} opening */
async function notAuthorized(opening) {
  const error = await opening.then(() => assert.fail('it was let in'), (reason) => reason);
  assert.equal(error.name, 'UnauthorizedError');
  assert.match(error.message, /Not authorized/);
}

describe('Connections', { concurrency: true }, () => {
  test('open and close: the registry and the twin show it', async () => {
    const { deviceId, client } = await connected();
    await until(async () => (await identity(deviceId)).connectionState === 'Connected');
    assert.equal((await twinOf(deviceId)).connectionState, 'Connected');
    assert.ok(Date.parse((await identity(deviceId)).connectionStateUpdatedTime) > 0);
    await client.close();
    await until(async () => (await identity(deviceId)).connectionState === 'Disconnected');
  });

  test('with the secondary key', async () => {
    const { deviceId } = await newDevice();
    const key = (await identity(deviceId)).authentication.symmetricKey.secondaryKey;
    const client = clientOf({ deviceId, connectionString: `HostName=${hostName};DeviceId=${deviceId};SharedAccessKey=${key}` });
    await client.open();
  });

  test('with a ready token', async () => {
    const { deviceId, key } = await newDevice();
    const client = device.Client.fromSharedAccessSignature(token(deviceId, key, 3600), mqtt.Mqtt);
    await client.open();
    await client.close();
  });

  test('with a key of the wrong device: refused', async () => {
    const [one, other] = [await newDevice(), await newDevice()];
    await notAuthorized(clientOf({ ...one, connectionString: one.connectionString.replace(one.key, other.key) }).open());
  });

  test('with a wrong key: refused', async () => {
    const registered = await newDevice();
    await notAuthorized(clientOf({ ...registered, connectionString: registered.connectionString.replace(registered.key, newKey()) }).open());
  });

  test('with an expired token: refused', async () => {
    const { deviceId, key } = await newDevice();
    await notAuthorized(device.Client.fromSharedAccessSignature(token(deviceId, key, -3600), mqtt.Mqtt).open());
  });

  test('an unknown device: refused', async () => {
    const deviceId = newId();
    await notAuthorized(clientOf({ deviceId, connectionString: `HostName=${hostName};DeviceId=${deviceId};SharedAccessKey=${newKey()}` }).open());
  });

  test('a disabled device: refused, and let in when enabled', async () => {
    const registered = await newDevice({ status: 'disabled' });
    await notAuthorized(clientOf(registered).open());
    await registry.update({ ...(await identity(registered.deviceId)), status: 'enabled' });
    await clientOf(registered).open();
  });

  test('disabling a connected device closes its connection', async () => {
    const { deviceId, client } = await connected();
    const gone = cutOff(client);
    await registry.update({ ...(await identity(deviceId)), status: 'disabled' });
    await gone;
  });

  test('deleting a connected device closes its connection', async () => {
    const { deviceId, client } = await connected();
    const gone = cutOff(client);
    await registry.delete(deviceId);
    await gone;
  });

  test('a second client of the same device takes over', async () => {
    const first = await connected();
    const gone = cutOff(first.client);
    const second = clientOf(first);
    await second.open();
    await gone;
    answer(second, echo);
    await untilAnswering(first.deviceId);
    assert.deepEqual((await call(first.deviceId)).payload, { n: 1 });
  });

  test('after close and open the subscriptions still hold', async () => {
    const { deviceId, client } = await answering(echo);
    await client.close();
    await client.open();
    assert.deepEqual((await call(deviceId)).payload, { n: 1 });
  });

  test('after a drop by the hub the device comes back and its subscriptions hold', async () => {
    const { deviceId, client, connectionString } = await answering(echo);
    const twin = await client.getTwin();
    /** @type {any[]} */
    const received = [];
    twin.on('properties.desired', (/** @type {any} */ patch) => received.push(patch));
    // A second client takes over and leaves: for the first that is a closed socket.
    const intruder = clientOf({ deviceId, connectionString });
    const back = once(client, 'connect');
    await intruder.open();
    await intruder.close();
    await back;
    assert.deepEqual((await call(deviceId)).payload, { n: 1 });
    await registry.updateTwin(deviceId, { properties: { desired: { after: 'the drop' } } }, '*');
    await until(() => received.some((patch) => patch.after === 'the drop'), 'the desired property');
  });

  test('the token is renewed on time, and the subscriptions hold', async () => {
    const registered = await newDevice();
    const client = clientOf(registered);
    await client.setOptions(/** @type {any} */ ({ tokenRenewal: { tokenValidTimeInSeconds: 8, tokenRenewalMarginInSeconds: 3 } }));
    await client.open();
    answer(client, echo);
    await untilAnswering(registered.deviceId);
    const before = (await identity(registered.deviceId)).connectionStateUpdatedTime;
    await until(async () => (await identity(registered.deviceId)).connectionStateUpdatedTime !== before, 'a new connection');
    assert.deepEqual((await call(registered.deviceId)).payload, { n: 1 });
    await client.close();
  });

  test('a token given anew is taken', async () => {
    const { deviceId, key } = await newDevice();
    const client = watched('azure-iot-device Client', device.Client.fromSharedAccessSignature(token(deviceId, key, 600), mqtt.Mqtt));
    await client.open();
    await new Promise((resolve, reject) => {
      client.updateSharedAccessSignature(token(deviceId, key, 3600), (error, result) => (error ? reject(error) : resolve(result)));
    });
    answer(client, echo);
    await untilAnswering(deviceId);
    await client.close();
  });

  test('twenty devices at once, each its own, also after they all came back', async () => {
    const devices = await Promise.all(Array.from({ length: 20 }, () => answering(echo)));
    const ask = async () => {
      const answers = await Promise.all(devices.map(({ deviceId }) => call(deviceId, { deviceId })));
      assert.deepEqual(answers.map(({ payload }) => payload.deviceId), devices.map(({ deviceId }) => deviceId));
    };
    await ask();
    await Promise.all(devices.map(({ client }) => client.close()));
    await Promise.all(devices.map(({ client }) => client.open()));
    await ask();
  });

  test('the model id is in the twin', async () => {
    const registered = await newDevice();
    const client = clientOf(registered);
    await client.setOptions(/** @type {any} */ ({ modelId: 'dtmi:com:example:Door;1' }));
    await client.open();
    await until(async () => (await twinOf(registered.deviceId)).modelId === 'dtmi:com:example:Door;1');
  });
});
