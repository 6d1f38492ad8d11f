-- Jobs and their devices. A job's devices are fixed by one statement when it starts, so their rows are neighbours:
-- `first_row` to `last_row` are this job's and nobody else's, and need no index. `next_row` is the first one whose turn
-- has not come; all before it have begun.
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

-- Serves those who follow a job: what changed since they last looked. Without the job, whose stretch of rows says as
-- much: the entries are half as large, and every row is written twice.
CREATE INDEX device_jobs_changed ON device_jobs (last_updated);
