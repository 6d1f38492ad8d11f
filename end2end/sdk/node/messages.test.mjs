// Messages from the cloud to a device. The service SDKs send them over AMQP only, which the embedded hub does not speak, so
// here they are posted the way Azure IoT Explorer does; receiving is the device SDK's own.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { clientOf, connected, newDevice, newId, serviceRequest, until, within } from './support.mjs';

/** @param {string} deviceId @param {string} body @param {Record<string, string>} [headers] */
const send = (deviceId, body, headers = {}) =>
  serviceRequest('POST', `/devices/${deviceId}/messages/deviceBound`, { headers, body });
/** @param {string} deviceId */
async function purged(deviceId) {
  const response = await serviceRequest('DELETE', `/devices/${deviceId}/commands`);
  return (await response.json()).totalMessagesPurged;
}
/** @param {any} client @returns {Promise<any>} */
const nextMessage = (client) => within(new Promise((resolve) => client.once('message', resolve)), 'a message');

describe('Cloud-to-device messages', { concurrency: true }, () => {
  test('receive: content and properties', async () => {
    const { deviceId, client } = await connected();
    const received = nextMessage(client);
    const headers = {
      'iothub-messageid': 'm-1', 'iothub-correlationid': 'c/1 &', 'iothub-contenttype': 'application/json',
      'iothub-app-site': 'hall 1/2', 'iothub-app-empty': '',
    };
    assert.equal((await send(deviceId, '{"open":true}', headers)).ok, true);
    const message = await received;
    assert.equal(message.getData().toString(), '{"open":true}');
    assert.deepEqual([message.messageId, message.correlationId, message.contentType], ['m-1', 'c/1 &', 'application/json']);
    assert.equal(message.properties.getValue('site'), 'hall 1/2');
  });

  test('receive: in the order sent', async () => {
    const { deviceId, client } = await connected();
    /** @type {string[]} */
    const texts = [];
    client.on('message', (/** @type {any} */ message) => texts.push(message.getData().toString()));
    for (const n of [1, 2, 3, 4]) await send(deviceId, String(n));
    await until(() => texts.length === 4);
    assert.deepEqual(texts, ['1', '2', '3', '4']);
  });

  test('receive: what was sent while the device was away', async () => {
    const registered = await newDevice();
    await send(registered.deviceId, 'while you were away');
    const client = clientOf(registered);
    await client.open();
    assert.equal((await nextMessage(client)).getData().toString(), 'while you were away');
  });

  test('complete: a received message leaves the queue', async () => {
    const { deviceId, client } = await connected();
    const received = nextMessage(client);
    await send(deviceId, 'once');
    await client.complete(await received);
    await until(async () => (await purged(deviceId)) === 0);
  });

  test('send: to an unknown device is 404', async () => {
    const response = await send(newId(), 'nobody');
    assert.equal(`${response.status} ${response.headers.get('iothub-errorcode')}`, '404 DeviceNotFound');
  });

  test('send: the 51st in a queue is 403', async () => {
    const { deviceId } = await newDevice();
    for (let n = 0; n < 50; n++) assert.equal((await send(deviceId, 'x')).ok, true);
    const response = await send(deviceId, 'one too many');
    assert.equal(`${response.status} ${response.headers.get('iothub-errorcode')}`, '403 DeviceMaximumQueueDepthExceeded');
  });
});
