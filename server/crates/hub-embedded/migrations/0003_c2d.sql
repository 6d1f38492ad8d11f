-- Messages from the cloud to devices, in the order of their numbers. `bag` is the topic's property bag, written once
-- when the message is taken. A message that was handed to a connection is locked by it until `locked_until`.
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

-- What became of messages whose sender wants to know. Outlives the device.
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
