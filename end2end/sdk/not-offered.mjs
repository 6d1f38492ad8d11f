// Why an SDK has no check of a name that the other has, and why an operation of an SDK is called by no check. Reasons are
// printed in docs/hub-conformance.md; a gap without a reason here fails the suite, and so does a reason without its gap.

/**
 * @typedef {object} Gap
 * @property {'node' | 'python'} sdk
 * @property {string} area
 * @property {string} check the beginning of its name is enough
 * @property {string} because
 */

const ALWAYS_FORCED = 'no: `Registry` always sends `If-Match: *`';
const NO_REPLACE = 'no: the SDK has no replacing of twins';
const NO_PULL = 'no: the SDK has handlers only';
const NO_GIVEN_TOKEN = 'no: the SDK makes its tokens itself';
const ARRAY = 'no: the SDK cannot read the array that IoT Hub sends, see below';

/** @type {Gap[]} */
export const checks = [
  { sdk: 'python', area: 'Tutorial', check: '', because: 'the same steps are among the jobs' },
  { sdk: 'node', area: 'Device identities', check: 'list: as many as asked for', because: 'no: `list` takes no number' },
  { sdk: 'node', area: 'Device identities', check: 'update: with the etag', because: ALWAYS_FORCED },
  { sdk: 'node', area: 'Device identities', check: 'update: a stale etag', because: ALWAYS_FORCED },
  { sdk: 'node', area: 'Device identities', check: 'delete: a stale etag', because: ALWAYS_FORCED },
  { sdk: 'node', area: 'Device identities', check: 'update: from keys', because: 'the same `update`' },
  { sdk: 'python', area: 'Credentials', check: 'a ready token', because: NO_GIVEN_TOKEN },
  { sdk: 'python', area: 'Credentials', check: 'an expired token', because: NO_GIVEN_TOKEN },
  { sdk: 'node', area: 'Credentials', check: 'a host name with its port', because: 'no: always 443' },
  { sdk: 'node', area: 'Identities in bulk', check: 'twin:', because: 'no: the SDK does not send these modes' },
  { sdk: 'node', area: 'Identities in bulk', check: 'different operations', because: 'no: one operation a call' },
  { sdk: 'node', area: 'Identities in bulk', check: 'more than a hundred', because: 'refused by the SDK' },
  { sdk: 'node', area: 'Module identities', check: 'create: with thumbprints', because: 'the same `addModule`' },
  { sdk: 'node', area: 'Module identities', check: 'update: from keys', because: 'the same `updateModule`' },
  { sdk: 'node', area: 'Twins', check: 'replace:', because: NO_REPLACE },
  { sdk: 'node', area: 'Module twins', check: 'replace:', because: NO_REPLACE },
  { sdk: 'python', area: 'Twins', check: 'a Twin object', because: 'no: twins are plain data' },
  { sdk: 'python', area: 'Direct methods', check: 'no payload arrives as null', because: 'no: it sends an empty text, see below' },
  { sdk: 'node', area: 'Direct methods', check: 'no payload: the SDK sends', because: 'no: it sends `null`, see above' },
  { sdk: 'node', area: 'Direct methods', check: 'taken one by one', because: NO_PULL },
  { sdk: 'python', area: 'Jobs', check: 'list: by type', because: ARRAY },
  { sdk: 'python', area: 'Jobs', check: 'list: without a filter', because: ARRAY },
  { sdk: 'node', area: 'Jobs', check: 'list: fails inside the SDK', because: 'no: it reads the array, see above' },
  { sdk: 'node', area: 'Jobs', check: 'create: a connect timeout', because: 'no: `JobClient` leaves it out' },
  { sdk: 'node', area: 'Jobs', check: 'a method job waits', because: 'no: `JobClient` leaves the connect timeout out' },
  { sdk: 'node', area: 'Jobs', check: 'create: an unknown type', because: 'no: a function for each type' },
  { sdk: 'python', area: 'Devices over MQTT', check: 'twin: listening to one property', because: 'no: whole patches only' },
  { sdk: 'node', area: 'Devices over MQTT', check: 'twin: desired properties taken one by one', because: NO_PULL },
  { sdk: 'node', area: 'Connections', check: 'with a key given apart', because: 'no: connection strings' },
  { sdk: 'node', area: 'Connections', check: 'what was desired', because: 'no: `getTwin` is left to the application' },
  { sdk: 'node', area: 'Cloud-to-device messages', check: 'receive: taken one by one', because: NO_PULL },
  { sdk: 'node', area: 'Cloud-to-device messages', check: 'purge:', because: 'no: the SDK has no purge' },
  { sdk: 'node', area: 'Cloud-to-device messages', check: 'feedback:', because: 'no: over AMQP only' },
  { sdk: 'node', area: 'Statistics', check: 'service:', because: 'no: the SDK has statistics of the registry only' },
];

const AMQP = 'AMQP, which the embedded hub does not speak';
const IN_SDK = 'changes the SDK only, the hub sees nothing of it';
const NO_BATCH = 'the SDK has no batches over MQTT';
const NO_REJECT = 'not in MQTT, with IoT Hub neither';
const BY_EDGE = 'goes through an IoT Edge gateway only';
const SAME_CODE = "the same code as the device's client, where it is checked";

/** By class, then by operation. @type {Record<string, Record<string, string>>} */
export const operations = {
  'azure-iothub Client': {
    open: AMQP,
    close: AMQP,
    send: AMQP,
    getFeedbackReceiver: AMQP,
    getFileNotificationReceiver: AMQP,
    setRetryPolicy: IN_SDK,
  },
  'azure-iot-device Client': {
    sendEventBatch: NO_BATCH,
    reject: NO_REJECT,
    abandon: NO_REJECT,
    setTransportOptions: 'for HTTPS only',
    uploadToBlob: 'begins with `getBlobSharedAccessSignature`, which is refused',
  },
  'azure-iot-device ModuleClient': {
    sendEventBatch: NO_BATCH,
    sendOutputEventBatch: NO_BATCH,
    reject: NO_REJECT,
    abandon: NO_REJECT,
    complete: 'for input messages, which the embedded hub does not send',
    invokeMethod: BY_EDGE,
    setTransportOptions: 'for HTTPS only',
    setOptions: SAME_CODE,
    setRetryPolicy: IN_SDK,
    updateSharedAccessSignature: SAME_CODE,
  },
  'azure-iot-hub IoTHubRegistryManager': { send_c2d_message: AMQP },
  'azure-iot-device IoTHubDeviceClient': { on_background_exception: IN_SDK },
  'azure-iot-device IoTHubModuleClient': {
    on_background_exception: IN_SDK,
    invoke_method: BY_EDGE,
    on_message_received: 'for input messages, which the embedded hub does not send',
    connected: SAME_CODE,
    disconnect: SAME_CODE,
    on_connection_state_change: SAME_CODE,
    on_new_sastoken_required: SAME_CODE,
    receive_method_request: SAME_CODE,
    receive_twin_desired_properties_patch: SAME_CODE,
    update_sastoken: SAME_CODE,
  },
};
