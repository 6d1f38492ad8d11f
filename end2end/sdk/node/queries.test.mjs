// Queries over twins: rows, projections, aggregates, pages. A tag of its own keeps each check among its own devices.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { newDevice, newId, newModule, refused, registry, rowsOf, watched } from './support.mjs';

const FLEET = newId('fleet');
/** Seven devices, in three rooms, of which one has no floor. */
const ROOMS = ['a', 'a', 'a', 'b', 'b', 'c', 'c'];
/** @type {string[]} */
let ids;

before(async () => {
  ids = await Promise.all(
    ROOMS.map(async (room, n) => {
      const { deviceId } = await newDevice(n === 0 ? { status: 'disabled' } : {});
      const tags = { fleet: FLEET, room, ...(n === 6 ? {} : { floor: n }) };
      await registry.updateTwin(deviceId, { tags, properties: { desired: { level: n * 10 } } }, '*');
      return deviceId;
    }),
  );
});

/** @param {string} text @param {number} [pageSize] */
const ask = (text, pageSize) => watched('azure-iothub Query', registry.createQuery(text, pageSize));
/** @param {string} condition */
const count = async (condition) =>
  (await rowsOf(ask(`SELECT * FROM devices WHERE tags.fleet = '${FLEET}' AND ${condition}`))).length;

describe('Queries', { concurrency: true }, () => {
  test('SELECT *: whole twins', async () => {
    const query = ask(`SELECT * FROM devices WHERE tags.fleet = '${FLEET}'`);
    const { result: twins } = await query.nextAsTwin();
    assert.deepEqual(twins.map((/** @type {any} */ twin) => twin.deviceId).sort(), [...ids].sort());
    assert.ok(twins.every((/** @type {any} */ twin) => twin.etag && twin.properties.desired.$version === 2));
  });

  test('pages: every row once, then no more', async () => {
    const query = ask(`SELECT * FROM devices WHERE tags.fleet = '${FLEET}'`, 3);
    /** @type {any[][]} */
    const pages = [];
    while (query.hasMoreResults) pages.push((await query.nextAsTwin()).result);
    assert.deepEqual(pages.map((page) => page.length), [3, 3, 1]);
    assert.deepEqual(pages.flat().map((twin) => twin.deviceId).sort(), [...ids].sort());
  });

  test('pages: a token that was stored continues from there', async () => {
    const text = `SELECT * FROM devices WHERE tags.fleet = '${FLEET}'`;
    const first = ask(text, 4);
    const head = (await first.next()).result;
    const { result: rest } = /** @type {any} */ (await ask(text, 4).next(/** @type {any} */ (first).continuationToken));
    assert.equal(new Set([...head, ...rest].map((/** @type {any} */ row) => row.deviceId)).size, ROOMS.length);
  });

  test('no match: one empty page', async () => {
    const query = ask(`SELECT * FROM devices WHERE tags.fleet = 'nobody'`);
    assert.deepEqual((await query.next()).result, []);
    assert.equal(query.hasMoreResults, false);
  });

  test('conditions: =, <>, <, >=, IN, NIN, AND, OR, NOT', async () => {
    assert.equal(await count(`tags.room = 'a'`), 3);
    assert.equal(await count(`tags.room <> 'a'`), 4);
    assert.equal(await count(`tags.floor < 2`), 2);
    assert.equal(await count(`properties.desired.level >= 40`), 3);
    assert.equal(await count(`tags.room IN ['a', 'c']`), 5);
    assert.equal(await count(`tags.room NIN ['a', 'c']`), 2);
    assert.equal(await count(`(tags.room = 'b' OR tags.room = 'c')`), 4);
    assert.equal(await count(`NOT tags.room = 'b'`), 5);
  });

  test('conditions: a missing attribute is undefined', async () => {
    assert.equal(await count(`IS_DEFINED(tags.floor)`), 6);
    assert.equal(await count(`tags.floor != 0`), 5);
  });

  test('conditions: on the identity (status, connectionState, deviceId)', async () => {
    assert.equal(await count(`status = 'disabled'`), 1);
    assert.equal(await count(`connectionState = 'Disconnected'`), 7);
    assert.equal(await count(`deviceId = '${ids[3]}'`), 1);
  });

  test('projections: with and without a name', async () => {
    const rows = await rowsOf(ask(`SELECT deviceId, tags.room AS room FROM devices WHERE deviceId = '${ids[3]}'`));
    assert.deepEqual(rows, [{ deviceId: ids[3], room: 'b' }]);
  });

  test('COUNT, MIN, MAX, SUM, AVG', async () => {
    const text =
      'SELECT COUNT() AS n, MIN(tags.floor) AS low, MAX(tags.floor) AS high, SUM(tags.floor) AS sum, AVG(tags.floor) AS mean ' +
      `FROM devices WHERE tags.fleet = '${FLEET}' AND IS_DEFINED(tags.floor)`;
    assert.deepEqual(await rowsOf(ask(text)), [{ n: 6, low: 0, high: 5, sum: 15, mean: 2.5 }]);
  });

  test('GROUP BY', async () => {
    const text = `SELECT tags.room AS room, COUNT() AS n FROM devices WHERE tags.fleet = '${FLEET}' GROUP BY tags.room`;
    const rows = await rowsOf(ask(text));
    assert.deepEqual(Object.fromEntries(rows.map(({ room, n }) => [room, n])), { a: 3, b: 2, c: 2 });
  });

  test('FROM devices.modules', async () => {
    const { deviceId, moduleId } = await newModule();
    const rows = await rowsOf(ask(`SELECT * FROM devices.modules WHERE deviceId = '${deviceId}'`));
    assert.deepEqual(rows.map((row) => [row.deviceId, row.moduleId]), [[deviceId, moduleId]]);
  });

  test('text that is no query is 400', async () => {
    await refused(ask('SELECT FROM WHERE').next(), 400, 'ArgumentInvalid', 'ArgumentError');
  });

  test('a page token that the hub never gave is 400', async () => {
    await refused(ask('SELECT * FROM devices').next('made up'), 400, 'ArgumentInvalid', 'ArgumentError');
  });
});
