-- Identities and twins. Times are ticks of 100 ns since 1970-01-01T00:00:00Z.
--
-- `id` is never reused: a job's row that refers to it cannot mean a later device of the same name.
-- Desired and reported properties are stored without their `$` members; `$metadata` and `$version` have their own columns.
-- The columns that queries read most come first: SQLite decodes a row from the left.
-- `parent_scopes` is a JSON array. `device_scope` is an edge device's own scope, another device's parent's.
CREATE TABLE devices (
    id                   INTEGER PRIMARY KEY AUTOINCREMENT,
    device_id            TEXT NOT NULL UNIQUE,
    status               TEXT NOT NULL,
    connection_state     TEXT NOT NULL,
    tags                 BLOB NOT NULL,
    twin_version         INTEGER NOT NULL,
    twin_etag            INTEGER NOT NULL,
    desired_version      INTEGER NOT NULL,
    reported_version     INTEGER NOT NULL,
    last_activity        INTEGER NOT NULL,
    connection_updated   INTEGER NOT NULL,
    status_updated       INTEGER NOT NULL,
    c2d_count            INTEGER NOT NULL DEFAULT 0,
    etag                 INTEGER NOT NULL,
    generation_id        TEXT NOT NULL,
    auth_type            TEXT NOT NULL,
    iot_edge             INTEGER NOT NULL DEFAULT 0,
    status_reason        TEXT,
    model_id             TEXT NOT NULL DEFAULT '',
    device_scope         TEXT,
    desired              BLOB NOT NULL,
    reported             BLOB NOT NULL,
    desired_metadata     BLOB NOT NULL,
    reported_metadata    BLOB NOT NULL,
    primary_key          TEXT,
    secondary_key        TEXT,
    primary_thumbprint   TEXT,
    secondary_thumbprint TEXT,
    parent_scopes        TEXT NOT NULL DEFAULT '[]'
);

-- Partial indexes: small however large the fleet is.
CREATE INDEX devices_connected ON devices (id) WHERE connection_state = 'Connected';
CREATE INDEX devices_disabled ON devices (id) WHERE status = 'disabled';

CREATE TABLE modules (
    id                   INTEGER PRIMARY KEY AUTOINCREMENT,
    device_id            TEXT NOT NULL REFERENCES devices (device_id) ON DELETE CASCADE,
    module_id            TEXT NOT NULL,
    connection_state     TEXT NOT NULL,
    tags                 BLOB NOT NULL,
    twin_version         INTEGER NOT NULL,
    twin_etag            INTEGER NOT NULL,
    desired_version      INTEGER NOT NULL,
    reported_version     INTEGER NOT NULL,
    last_activity        INTEGER NOT NULL,
    connection_updated   INTEGER NOT NULL,
    c2d_count            INTEGER NOT NULL DEFAULT 0,
    etag                 INTEGER NOT NULL,
    generation_id        TEXT NOT NULL,
    auth_type            TEXT NOT NULL,
    managed_by           TEXT,
    model_id             TEXT NOT NULL DEFAULT '',
    desired              BLOB NOT NULL,
    reported             BLOB NOT NULL,
    desired_metadata     BLOB NOT NULL,
    reported_metadata    BLOB NOT NULL,
    primary_key          TEXT,
    secondary_key        TEXT,
    primary_thumbprint   TEXT,
    secondary_thumbprint TEXT,
    UNIQUE (device_id, module_id)
);

CREATE INDEX modules_connected ON modules (id) WHERE connection_state = 'Connected';

-- Subscriptions of sessions that outlive their connections; `filters` is a JSON array of [filter, qos].
-- `module_id` is '' for the device itself.
CREATE TABLE sessions (
    device_id TEXT NOT NULL REFERENCES devices (device_id) ON DELETE CASCADE,
    module_id TEXT NOT NULL DEFAULT '',
    filters   TEXT NOT NULL,
    PRIMARY KEY (device_id, module_id)
) WITHOUT ROWID;

CREATE TABLE policies (
    name          TEXT PRIMARY KEY,
    primary_key   TEXT NOT NULL,
    secondary_key TEXT NOT NULL,
    permissions   TEXT NOT NULL
) WITHOUT ROWID;

-- Jobs and their devices. A job's devices are inserted by one statement when it starts, so their rows are contiguous:
-- `first_row` to `last_row` belong to this job only and need no index. `next_row` is the first pending one; all before it
-- have begun. `planned_start` is when a started job should have started; `start_time` is when it did.
CREATE TABLE jobs (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id             TEXT NOT NULL UNIQUE,
    job_type           TEXT NOT NULL,
    status             TEXT NOT NULL,
    query_condition    TEXT NOT NULL,
    request            TEXT NOT NULL,
    created            INTEGER NOT NULL,
    start_time         INTEGER NOT NULL,
    end_time           INTEGER,
    max_execution_time INTEGER NOT NULL,
    failure_reason     TEXT,
    over_modules       INTEGER NOT NULL DEFAULT 0,
    first_row          INTEGER NOT NULL DEFAULT 1,
    last_row           INTEGER NOT NULL DEFAULT 0,
    next_row           INTEGER NOT NULL DEFAULT 1,
    device_count       INTEGER NOT NULL DEFAULT 0,
    pending_count      INTEGER NOT NULL DEFAULT 0,
    running_count      INTEGER NOT NULL DEFAULT 0,
    succeeded_count    INTEGER NOT NULL DEFAULT 0,
    failed_count       INTEGER NOT NULL DEFAULT 0,
    planned_start      INTEGER,
    CHECK (device_count = pending_count + running_count + succeeded_count + failed_count),
    CHECK (pending_count >= 0 AND running_count >= 0)
);

CREATE INDEX jobs_active ON jobs (start_time) WHERE status IN ('queued', 'scheduled', 'running');

-- `target` is the device's (or module's) `id`.
CREATE TABLE device_jobs (
    "row"             INTEGER PRIMARY KEY,
    job_id            TEXT NOT NULL,
    device_id         TEXT NOT NULL,
    module_id         TEXT,
    target            INTEGER NOT NULL,
    job_type          TEXT NOT NULL,
    status            TEXT NOT NULL,
    created           INTEGER NOT NULL,
    last_updated      INTEGER NOT NULL,
    start_time        INTEGER,
    end_time          INTEGER,
    response_status   INTEGER,
    response_payload  TEXT,
    error_code        TEXT,
    error_description TEXT
);

-- Finds the changed rows of a method job, for clients that poll. Without the job's id, since its row range says as much:
-- entries are half as large. Pending rows have not changed since the job started, so they are left out and inserting a
-- job's devices writes no entries. Rows of a twin job change in row order and need no index.
CREATE INDEX device_jobs_changed ON device_jobs (last_updated)
WHERE status <> 'pending' AND job_type = 'scheduleDeviceMethod';

-- Cloud-to-device messages, in the order of their ids. `bag` is the topic's property bag, formatted once when the message
-- is accepted. A message that was given to a connection is locked by it until `locked_until`.
CREATE TABLE c2d_messages (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    device_id      TEXT NOT NULL REFERENCES devices (device_id) ON DELETE CASCADE,
    message_id     TEXT NOT NULL,
    ack            TEXT NOT NULL,
    expires        INTEGER NOT NULL,
    delivery_count INTEGER NOT NULL DEFAULT 0,
    locked_by      INTEGER,
    locked_until   INTEGER,
    bag            TEXT NOT NULL,
    body           BLOB NOT NULL,
    CHECK ((locked_by IS NULL) = (locked_until IS NULL))
);

CREATE INDEX c2d_messages_device ON c2d_messages (device_id, id);
CREATE INDEX c2d_messages_expires ON c2d_messages (expires);
CREATE INDEX c2d_messages_locked ON c2d_messages (locked_until) WHERE locked_until IS NOT NULL;

-- Outcomes of messages whose sender requested feedback. Kept when the device is deleted.
CREATE TABLE c2d_feedback (
    id                   INTEGER PRIMARY KEY AUTOINCREMENT,
    original_message_id  TEXT NOT NULL,
    enqueued             INTEGER NOT NULL,
    status_code          TEXT NOT NULL,
    device_id            TEXT NOT NULL,
    device_generation_id TEXT NOT NULL,
    delivery_count       INTEGER NOT NULL DEFAULT 0,
    lock_token           TEXT,
    locked_until         INTEGER
);

CREATE INDEX c2d_feedback_lock ON c2d_feedback (lock_token) WHERE lock_token IS NOT NULL;
