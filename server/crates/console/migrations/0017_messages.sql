-- Messages from the cloud to single devices. A row is written before the message is sent.
CREATE TABLE device_messages (
    -- Grows with each message; a number is never used again.
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    -- By which the hub's feedback names it.
    message_id TEXT NOT NULL UNIQUE,
    device_id TEXT NOT NULL,
    body TEXT NOT NULL,
    content_type TEXT NOT NULL,
    -- JSON object of texts.
    properties TEXT NOT NULL,
    -- page or api.
    origin TEXT NOT NULL,
    -- The user; absent without a sign-in.
    requested_by TEXT,
    requested_time BIGINT NOT NULL,
    expiry_time BIGINT NOT NULL,
    -- The wire's words; sending and pending are open.
    state TEXT NOT NULL,
    state_time BIGINT NOT NULL,
    error_code TEXT,
    error_description TEXT
);
CREATE INDEX device_messages_by_device ON device_messages (device_id, number);
CREATE INDEX device_messages_open ON device_messages (number) WHERE state IN ('sending', 'pending');
CREATE INDEX device_messages_by_time ON device_messages (requested_time);

-- What a twin job was about to change, as it was before: of each device the values that the job names.
CREATE TABLE twins_before (
    job_id TEXT NOT NULL REFERENCES jobs (job_id) ON DELETE CASCADE,
    device_id TEXT NOT NULL,
    -- JSON object with the members tags and desired, as far as the job names them.
    named_values TEXT NOT NULL,
    read_time BIGINT NOT NULL,
    PRIMARY KEY (job_id, device_id)
) WITHOUT ROWID;
