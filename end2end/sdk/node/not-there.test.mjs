// What the embedded hub does not do: it reports an error that the SDK understands.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import hub from 'azure-iothub';
import { connected, connectionString, newDevice, newId, refused, registry, watched } from './support.mjs';

describe('Not there', { concurrency: true }, () => {
  test('configurations are 501', async () => {
    const configuration = { id: newId(), content: {}, targetCondition: '*', priority: 1 };
    await Promise.all(
      [
        registry.addConfiguration(/** @type {any} */ (configuration)),
        registry.getConfiguration(configuration.id),
        registry.getConfigurations(),
        registry.updateConfiguration(/** @type {any} */ (configuration), true),
        registry.removeConfiguration(configuration.id),
      ].map((call) => refused(call, 501, 'NotImplemented')),
    );
  });

  test('configuration content for an edge device is 501', async () => {
    const { deviceId } = await newDevice();
    await refused(registry.applyConfigurationContentOnDevice(deviceId, {}), 501, 'NotImplemented');
  });

  test('import and export of identities are 501', async () => {
    await Promise.all(
      [
        registry.importDevicesFromBlob('https://x/in', 'https://x/out'),
        registry.importDevicesFromBlobByIdentity('https://x/in', 'https://x/out'),
        registry.exportDevicesToBlob('https://x/out', true),
        registry.exportDevicesToBlobByIdentity('https://x/out', true),
      ].map((call) => refused(call, 501, 'NotImplemented')),
    );
  });

  test('import and export jobs: none in the list, every id is 404 JobNotFound', async () => {
    assert.deepEqual((await registry.listJobs()).responseBody, []);
    await refused(registry.getJob(newId('job')), 404, 'JobNotFound');
    await refused(registry.cancelJob(newId('job')), 404, 'JobNotFound');
  });

  test('digital twins are 501', async () => {
    const { deviceId } = await newDevice();
    const credentials = new hub.IoTHubTokenCredentials(connectionString);
    const twins = watched('azure-iothub DigitalTwinClient', new hub.DigitalTwinClient(credentials));
    await Promise.all(
      [
        twins.getDigitalTwin(deviceId),
        twins.updateDigitalTwin(deviceId, [{ op: 'add', path: '/a', value: 1 }]),
        twins.invokeCommand(deviceId, 'c', 'p'),
        twins.invokeComponentCommand(deviceId, 'door', 'c', 'p'),
      ].map((call) =>
        assert.rejects(call, (/** @type {any} */ error) => {
          // Another HTTP library than the rest of the SDK's.
          assert.equal(`${error.statusCode} ${error.response.headers.get('iothub-errorcode')}`, '501 NotImplemented');
          return true;
        }),
      ),
    );
  });

  test('uploads of files are 501', async () => {
    const { client } = await connected();
    // Of the answer the device SDK keeps only the words of its status.
    await assert.rejects(client.getBlobSharedAccessSignature('photo.jpg'), /Not Implemented/);
    await assert.rejects(client.notifyBlobUploadStatus('id', true, 200, 'done'), /Not Implemented/);
  });
});
