// What the checks of the Node SDKs share: clients of one hub, devices made for one check, and how a refusal is read.
//
// Every client is handed out through {@link watched}, which notes the operations called, so that the conformance page can
// tell which ones no check has touched.

import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { after } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import device from 'azure-iot-device';
import mqtt from 'azure-iot-device-mqtt';
import hub from 'azure-iothub';

/** Longest wait for something that comes by itself. A debug build, two SDKs and 20 devices share the machine. */
export const LIMIT_MS = 30_000;
export const connectionString = process.env.IOTHUB_CONNECTION_STRING ?? assert.fail('IOTHUB_CONNECTION_STRING is not set');
export const hostName = 'localhost';

/** @type {Map<string, Set<string>>} */
const called = new Map();
/** @type {Map<string, string[]>} */
const offered = new Map();
process.on('exit', () => {
  const file = process.env.SDK_RESULTS;
  if (file === undefined) return;
  for (const [type, operations] of offered) {
    appendFileSync(file, `${JSON.stringify({ type, offered: operations, called: [...(called.get(type) ?? [])] })}\n`);
  }
});

/**
 * @template {object} T
 * @param {string} type how the page calls it
 * @param {T} client
 * @returns {T} the same client; calls of its public operations are noted
 */
export function watched(type, client) {
  const operations = new Set();
  for (let level = Object.getPrototypeOf(client); level !== Object.prototype; level = Object.getPrototypeOf(level)) {
    if (level.constructor.name === 'EventEmitter') break;
    for (const name of Object.getOwnPropertyNames(level)) {
      const { value } = Object.getOwnPropertyDescriptor(level, name) ?? {};
      if (typeof value === 'function' && name !== 'constructor' && !name.startsWith('_')) operations.add(name);
    }
  }
  offered.set(type, [...operations]);
  const calls = called.get(type) ?? new Set();
  called.set(type, calls);
  return new Proxy(client, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return (/** @type {any[]} */ ...args) => {
        if (operations.has(name)) calls.add(String(name));
        return value.apply(target, args);
      };
    },
  });
}

export const registry = watched('azure-iothub Registry', hub.Registry.fromConnectionString(connectionString));
export const jobs = watched('azure-iothub JobClient', hub.JobClient.fromConnectionString(connectionString));
export const service = watched('azure-iothub Client', hub.Client.fromConnectionString(connectionString));

let made = 0;
const run = randomBytes(3).toString('hex');

/** An id that no other check uses. @param {string} [prefix] */
export function newId(prefix = 'node') {
  return `${prefix}-${run}-${++made}`;
}

/** A symmetric key as the hub wants it. */
export function newKey() {
  return randomBytes(32).toString('base64');
}

/**
 * A device that is registered, not connected.
 *
 * @param {object} [identity]
 */
export async function newDevice(identity) {
  const deviceId = newId();
  const { responseBody } = await registry.create({ deviceId, ...identity });
  const key = responseBody.authentication?.symmetricKey?.primaryKey ?? '';
  return { deviceId, key, connectionString: `HostName=${hostName};DeviceId=${deviceId};SharedAccessKey=${key}` };
}

/** @typedef {{ deviceId: string, connectionString: string }} Registered */

/** @type {{ close(): Promise<any> }[]} */
const open = [];
after(async () => {
  await Promise.allSettled(open.map((client) => client.close()));
});

/**
 * A client of a registered device, not yet open; closed when the file ends.
 *
 * @param {Registered} registered
 * @param {any} [transport]
 */
export function clientOf(registered, transport = mqtt.Mqtt) {
  const client = watched('azure-iot-device Client', device.Client.fromConnectionString(registered.connectionString, transport));
  // Without a listener a lost connection would end the process.
  client.on('error', () => {});
  open.push(client);
  return client;
}

/** A module identity on a device of its own, and its client, not yet open. */
export async function newModule() {
  const { deviceId } = await newDevice();
  const moduleId = newId('module');
  await registry.addModule({ deviceId, moduleId });
  const { responseBody: module } = await registry.getModule(deviceId, moduleId);
  const key = module.authentication?.symmetricKey?.primaryKey;
  const connectionString = `HostName=${hostName};DeviceId=${deviceId};ModuleId=${moduleId};SharedAccessKey=${key}`;
  const client = watched('azure-iot-device ModuleClient', device.ModuleClient.fromConnectionString(connectionString, mqtt.Mqtt));
  client.on('error', () => {});
  open.push(client);
  return { deviceId, moduleId, connectionString, client };
}

/** A connected device. @param {any} [transport] */
export async function connected(transport) {
  const registered = await newDevice();
  const client = clientOf(registered, transport);
  await client.open();
  return { ...registered, client };
}

/**
 * A connected device that answers direct methods, and waits until the hub knows that it does.
 *
 * @param {Record<string, (payload: any) => { status: number, payload?: any }>} methods
 * @param {any} [transport]
 */
export async function answering(methods, transport) {
  const connection = await connected(transport);
  answer(connection.client, methods);
  await untilAnswering(connection.deviceId);
  return connection;
}

/**
 * @param {any} client
 * @param {Record<string, (payload: any) => { status: number, payload?: any }>} methods
 */
export function answer(client, methods) {
  /** @type {typeof methods} */
  const all = { ready: () => ({ status: 200 }), ...methods };
  for (const [name, respond] of Object.entries(all)) {
    client.onDeviceMethod(name, (/** @type {any} */ request, /** @type {any} */ response) => {
      const { status, payload = null } = respond(request.payload);
      response.send(status, payload, () => {});
    });
  }
}

/** The SDK does not report when it has subscribed to methods; the hub's responses do. @param {string} deviceId */
export async function untilAnswering(deviceId) {
  await until(async () => {
    const { result } = await service
      .invokeDeviceMethod(deviceId, { methodName: 'ready', responseTimeoutInSeconds: 5 })
      .catch(() => ({ result: undefined }));
    return result?.status === 200;
  });
}

/**
 * @param {() => Promise<unknown> | unknown} condition polled until it holds
 * @param {string} [what]
 */
export async function until(condition, what = 'the condition') {
  const deadline = Date.now() + LIMIT_MS;
  while (!(await condition())) {
    assert.ok(Date.now() < deadline, `${what} did not come true in ${LIMIT_MS} ms`);
    await pause(50);
  }
}

/**
 * @template T
 * @param {Promise<T>} promise
 * @param {string} what
 * @returns {Promise<T>}
 */
export async function within(promise, what) {
  const late = new AbortController();
  try {
    return await Promise.race([
      promise,
      pause(LIMIT_MS, undefined, { signal: late.signal, ref: false }).then(() => assert.fail(`${what} did not come in ${LIMIT_MS} ms`)),
    ]);
  } finally {
    late.abort();
  }
}

/**
 * That the hub refuses, in the words that the SDK and people read.
 *
 * @param {Promise<unknown>} call
 * @param {number} status HTTP
 * @param {string} code name of the error, in body and header
 * @param {string} [name] the SDK's class of error
 */
export async function refused(call, status, code, name) {
  /** @type {any} */
  const error = await call.then(
    () => assert.fail(`expected ${status} ${code}, but the call succeeded`),
    (reason) => reason,
  );
  if (error instanceof assert.AssertionError) throw error;
  const seen = `${error.response?.statusCode ?? error} ${error.response?.headers['iothub-errorcode']}`;
  assert.equal(seen, `${status} ${code}`, error.responseBody);
  if (name !== undefined) assert.equal(error.name, name);
  return error;
}

/** The number of an error of a direct method, which the hub writes as JSON inside JSON. @param {any} error */
export function numberOf(error) {
  const body = typeof error.responseBody === 'string' ? JSON.parse(error.responseBody) : error.responseBody;
  return JSON.parse(body.Message).errorCode;
}

/**
 * For what no SDK does over HTTPS: a request signed as the service SDKs sign theirs.
 *
 * @param {string} method
 * @param {string} path
 * @param {{ headers?: Record<string, string>, body?: string }} [request]
 */
export function serviceRequest(method, path, { headers = {}, body } = {}) {
  const { name, key } = /SharedAccessKeyName=(?<name>[^;]+);SharedAccessKey=(?<key>.+)$/.exec(connectionString)?.groups ?? {};
  const expiry = Math.floor(Date.now() / 1000) + 3600;
  const signature = createHmac('sha256', Buffer.from(key ?? '', 'base64')).update(`${hostName}\n${expiry}`).digest('base64');
  const token = `SharedAccessSignature sr=${hostName}&sig=${encodeURIComponent(signature)}&se=${expiry}&skn=${name}`;
  return fetch(`https://${hostName}${path}?api-version=2021-04-12`, {
    method,
    headers: { authorization: token, ...headers },
    ...(body === undefined ? {} : { body }),
  });
}

/** Every row of a query, page by page. @param {any} query */
export async function rowsOf(query) {
  /** @type {any[]} */
  const rows = [];
  // The promise form starts over when it is not given the token.
  while (query.hasMoreResults) rows.push(...(await query.next(query.continuationToken)).result);
  return rows;
}
