-- Changes of many devices in the hub's registry. No key is ever kept here.
CREATE TABLE registry_changes (
    change_id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    -- The condition that chose the devices; absent for a list.
    query_condition TEXT,
    status_reason TEXT,
    undo_of BIGINT,
    rerun_of BIGINT,
    created_time BIGINT NOT NULL,
    -- JSON of the wire's PersonRef; absent without sign-in.
    created_by TEXT,
    scope TEXT,
    -- Absent while a device is without result.
    end_time BIGINT,
    cancelled_by TEXT,
    -- What it waits for, or why it was stopped.
    note TEXT
);
CREATE INDEX registry_changes_open ON registry_changes (change_id) WHERE end_time IS NULL;
CREATE INDEX registry_changes_undone ON registry_changes (undo_of) WHERE undo_of IS NOT NULL;

CREATE TABLE registry_change_devices (
    change_id BIGINT NOT NULL REFERENCES registry_changes (change_id) ON DELETE CASCADE,
    -- From 0, in the order in which devices are sent.
    position BIGINT NOT NULL,
    device_id TEXT NOT NULL,
    state TEXT NOT NULL,
    -- JSON: what a new device begins with, or the reason of a status.
    content TEXT,
    -- The reason of the status before the change, for its undo.
    reason_before TEXT,
    error_code TEXT,
    error TEXT,
    PRIMARY KEY (change_id, position),
    CHECK (state IN ('queued', 'inFlight', 'succeeded', 'unchanged', 'failed', 'interrupted', 'cancelled'))
) WITHOUT ROWID;
CREATE INDEX registry_change_devices_by_state ON registry_change_devices (change_id, state, position);
