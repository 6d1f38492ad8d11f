// Counts over the whole hub, which hold only while no other client registers or connects devices.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { newDevice, registry } from './support.mjs';

describe('Statistics', () => {
  test('devices: all, enabled, disabled', async () => {
    const before = (await registry.getRegistryStatistics()).responseBody;
    assert.equal(before.totalDeviceCount, before.enabledDeviceCount + before.disabledDeviceCount);
    await newDevice();
    await newDevice({ status: 'disabled' });
    assert.deepEqual((await registry.getRegistryStatistics()).responseBody, {
      totalDeviceCount: before.totalDeviceCount + 2,
      enabledDeviceCount: before.enabledDeviceCount + 1,
      disabledDeviceCount: before.disabledDeviceCount + 1,
    });
  });
});
