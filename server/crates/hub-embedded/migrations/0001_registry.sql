-- Identities and twins. Times are ticks of 100 ns since 1970-01-01T00:00:00Z.
--
-- `id` is never used twice: a job's row that points at it cannot mean a later device of the same name.
-- Desired and reported properties are kept without their `$` members; `$metadata` and `$version` have their own columns.
-- What queries look at most stands first: SQLite decodes a row from the left.
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
    secondary_thumbprint TEXT
);

-- Both are small whatever the fleet: they hold the exceptions.
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
