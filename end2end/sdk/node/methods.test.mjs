// Direct methods from call to answer, with real devices at the other end.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { answer, answering, clientOf, connected, newDevice, newId, newModule, numberOf, refused, service, until } from './support.mjs';

/** Long enough for other requests while the call waits. */
const SHORT_S = 5;

/**
 * @param {string} deviceId
 * @param {any} method
 * @returns {Promise<any>}
 */
const invoke = async (deviceId, method) => (await service.invokeDeviceMethod(deviceId, method)).result;
const echo = { echo: (/** @type {any} */ payload) => ({ status: 200, payload: { got: payload } }) };

describe('Direct methods', { concurrency: true }, () => {
  test('no payload arrives as null', async () => {
    const { deviceId } = await answering(echo);
    assert.deepEqual(await invoke(deviceId, { methodName: 'echo' }), { status: 200, payload: { got: null } });
  });

  test('an object arrives and comes back', async () => {
    const { deviceId } = await answering(echo);
    const payload = { text: 'Grüße, 世界', list: [1, { deep: [true, null] }] };
    assert.deepEqual(await invoke(deviceId, { methodName: 'echo', payload }), { status: 200, payload: { got: payload } });
  });

  test('text, numbers, lists and booleans arrive and come back', async () => {
    const { deviceId } = await answering(echo);
    for (const payload of ['text', 0, -1.5, [], [1, 'two'], true, false]) {
      assert.deepEqual(await invoke(deviceId, { methodName: 'echo', payload }), { status: 200, payload: { got: payload } });
    }
  });

  test("the device's own error status is the answer", async () => {
    const { deviceId } = await answering({ jam: () => ({ status: 500, payload: { reason: 'jammed' } }) });
    assert.deepEqual(await invoke(deviceId, { methodName: 'jam' }), { status: 500, payload: { reason: 'jammed' } });
  });

  test('an answer without a payload is null', async () => {
    const { deviceId } = await answering({ quiet: () => ({ status: 204 }) });
    assert.deepEqual(await invoke(deviceId, { methodName: 'quiet' }), { status: 204, payload: null });
  });

  test('100 KB arrive and come back', async () => {
    const { deviceId } = await answering(echo);
    const payload = { text: 'x'.repeat(100 * 1024) };
    assert.deepEqual((await invoke(deviceId, { methodName: 'echo', payload })).payload.got, payload);
  });

  test('many calls at once are not mixed up', async () => {
    const { deviceId } = await answering(echo);
    const numbers = Array.from({ length: 10 }, (_, n) => n);
    const answers = await Promise.all(numbers.map((n) => invoke(deviceId, { methodName: 'echo', payload: { n } })));
    assert.deepEqual(answers.map(({ payload }) => payload.got.n), numbers);
  });

  test('on a module', async () => {
    const { deviceId, moduleId, client } = await newModule();
    await client.open();
    client.onMethod('whoami', (_request, /** @type {any} */ response) => response.send(200, { moduleId }));
    const method = { methodName: 'whoami', responseTimeoutInSeconds: SHORT_S, connectTimeoutInSeconds: SHORT_S };
    /** @type {any} */
    let result;
    await until(async () => {
      ({ result } = await service.invokeDeviceMethod(deviceId, moduleId, method).catch(() => ({ result: undefined })));
      return result !== undefined;
    });
    assert.deepEqual(result, { status: 200, payload: { moduleId } });
  });

  test('waits for a device that connects within the connect timeout', async () => {
    const registered = await newDevice();
    const call = invoke(registered.deviceId, { methodName: 'echo', payload: { late: true }, connectTimeoutInSeconds: 20, responseTimeoutInSeconds: 30 });
    const client = clientOf(registered);
    await client.open();
    answer(client, echo);
    assert.deepEqual(await call, { status: 200, payload: { got: { late: true } } });
  });

  test('an unknown device is 404 DeviceNotFound', async () => {
    await refused(invoke(newId(), { methodName: 'echo' }), 404, 'DeviceNotFound', 'DeviceNotFoundError');
  });

  test('a disabled device is 404 DeviceNotFound', async () => {
    const { deviceId } = await newDevice({ status: 'disabled' });
    await refused(invoke(deviceId, { methodName: 'echo' }), 404, 'DeviceNotFound', 'DeviceNotFoundError');
  });

  test('a device that is not connected is 404 DeviceNotOnline (404103)', async () => {
    const { deviceId } = await newDevice();
    const error = await refused(invoke(deviceId, { methodName: 'echo' }), 404, 'DeviceNotOnline');
    assert.equal(numberOf(error), 404103);
  });

  test('a connected device that takes no methods is 404 DeviceNotOnline (404103)', async () => {
    const { deviceId } = await connected();
    const error = await refused(invoke(deviceId, { methodName: 'echo' }), 404, 'DeviceNotOnline');
    assert.equal(numberOf(error), 404103);
  });

  test('no answer in time is 504 GatewayTimeout (504101)', async () => {
    const { deviceId, client } = await answering(echo);
    client.onDeviceMethod('silent', () => {});
    const error = await refused(
      invoke(deviceId, { methodName: 'silent', responseTimeoutInSeconds: SHORT_S }),
      504, 'GatewayTimeout', 'GatewayTimeoutError',
    );
    assert.equal(numberOf(error), 504101);
  });

  test('a response timeout below 5 s or above 300 s is 400', async () => {
    const { deviceId } = await newDevice();
    for (const responseTimeoutInSeconds of [4, 301]) {
      await refused(invoke(deviceId, { methodName: 'echo', responseTimeoutInSeconds }), 400, 'ArgumentInvalid', 'ArgumentError');
    }
  });

  test('a connect timeout above 300 s is 400', async () => {
    const { deviceId } = await newDevice();
    await refused(
      invoke(deviceId, { methodName: 'echo', responseTimeoutInSeconds: 300, connectTimeoutInSeconds: 301 }),
      400, 'ArgumentInvalid', 'ArgumentError',
    );
  });

  test('a connect timeout above the response timeout is 400', async () => {
    const { deviceId } = await newDevice();
    await refused(
      invoke(deviceId, { methodName: 'echo', responseTimeoutInSeconds: 5, connectTimeoutInSeconds: 6 }),
      400, 'ArgumentInvalid', 'ArgumentError',
    );
  });

  test('a payload over 128 KB is refused', async () => {
    const { deviceId } = await newDevice();
    const payload = { text: 'x'.repeat(129 * 1024) };
    const error = await invoke(deviceId, { methodName: 'echo', payload }).then(() => assert.fail('it was taken'), (reason) => reason);
    assert.ok([400, 413].includes(error.response?.statusCode), String(error));
  });
});
