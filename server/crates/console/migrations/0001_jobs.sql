-- Times are ticks of 100 ns since 1970-01-01T00:00:00Z, as on the hub's wire.

-- One number for the whole store: every change of a job's row takes the next one, and streams resume by it.
CREATE TABLE meta (
    name TEXT NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO meta (name, value) VALUES ('sequence', 0);

CREATE TABLE jobs (
    job_id TEXT NOT NULL PRIMARY KEY,
    -- intent: about to be put to the hub, shown to nobody; open: mirrored and watched; settled: nothing moves any more.
    phase TEXT NOT NULL CHECK (phase IN ('intent', 'open', 'settled')),
    origin TEXT NOT NULL,
    job_type TEXT NOT NULL,
    status TEXT NOT NULL,
    query_condition TEXT NOT NULL,
    -- What a person calls it; searched with id and condition.
    action TEXT NOT NULL,
    -- JSON of the wire's members of the same names.
    cloud_to_device_method TEXT,
    update_twin TEXT,
    created_time BIGINT NOT NULL,
    start_time BIGINT,
    end_time BIGINT,
    max_execution_time BIGINT,
    failure_reason TEXT,
    -- How many device_results are in each state; changed in the same transaction as they.
    queued BIGINT NOT NULL DEFAULT 0,
    in_flight BIGINT NOT NULL DEFAULT 0,
    succeeded BIGINT NOT NULL DEFAULT 0,
    failed BIGINT NOT NULL DEFAULT 0,
    timed_out BIGINT NOT NULL DEFAULT 0,
    not_online BIGINT NOT NULL DEFAULT 0,
    interrupted BIGINT NOT NULL DEFAULT 0,
    cancelled BIGINT NOT NULL DEFAULT 0,
    -- Those of failed that answered 400 or more: the hub counts them as succeeded.
    answered_badly BIGINT NOT NULL DEFAULT 0,
    -- Device results that changed before this are here.
    read_up_to BIGINT,
    sequence BIGINT NOT NULL DEFAULT 0,
    as_of BIGINT NOT NULL
);
CREATE INDEX jobs_newest ON jobs (created_time, job_id);
CREATE INDEX jobs_changed ON jobs (sequence);
CREATE INDEX jobs_by_phase ON jobs (phase, status);

CREATE TABLE device_results (
    job_id TEXT NOT NULL REFERENCES jobs (job_id),
    device_id TEXT NOT NULL,
    -- Empty when the device itself is the target.
    module_id TEXT NOT NULL DEFAULT '',
    status TEXT NOT NULL,
    outcome TEXT NOT NULL,
    response_status BIGINT,
    -- JSON text.
    response_payload TEXT,
    error_code TEXT,
    error_description TEXT,
    start_time BIGINT,
    end_time BIGINT,
    last_updated BIGINT,
    PRIMARY KEY (job_id, device_id, module_id)
);
-- Filters by outcome walk this in page order and read no row they do not show.
CREATE INDEX device_results_by_outcome ON device_results (job_id, outcome, device_id, module_id);
