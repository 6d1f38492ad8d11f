-- Times are ticks of 100 ns since 1970-01-01T00:00:00Z, as on the hub's wire.

-- One number for the whole store: every change of a job's row takes the next one, and streams resume by it.
CREATE TABLE meta (
    name TEXT NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO meta (name, value) VALUES ('sequence', 0);

-- The hub that the store belongs to. One row once a console has opened it.
CREATE TABLE hub (
    only_one INTEGER NOT NULL PRIMARY KEY CHECK (only_one = 1),
    identity TEXT NOT NULL
);

CREATE TABLE jobs (
    job_id TEXT NOT NULL PRIMARY KEY,
    -- intent: about to be put to the hub, not shown; open: mirrored and watched; settled: nothing changes any more.
    phase TEXT NOT NULL CHECK (phase IN ('intent', 'open', 'settled')),
    origin TEXT NOT NULL,
    job_type TEXT NOT NULL,
    status TEXT NOT NULL,
    query_condition TEXT NOT NULL,
    -- The method's name, or the first members that a twin job writes.
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
    error_responses BIGINT NOT NULL DEFAULT 0,
    -- Those of queued that the hub counts and that have no row in device_results yet.
    unfetched BIGINT NOT NULL DEFAULT 0,
    -- Device results that changed before this are here.
    read_up_to BIGINT,
    sequence BIGINT NOT NULL DEFAULT 0,
    as_of BIGINT NOT NULL,
    -- How many devices the list holds; absent in jobs on a condition.
    target_devices BIGINT,
    -- The job whose devices are run again, and which of them (JSON of the wire's Subset).
    parent_job TEXT,
    parent_subset TEXT,
    -- How many devices the preview, or the count at acceptance, reported; absent in jobs on a list.
    expected_devices BIGINT,
    -- What searches compare with: action and condition in lower case, the condition cut. A comparison of text takes
    -- less time than a pattern, whose work is the product of both lengths.
    action_search TEXT,
    condition_search TEXT
);
CREATE INDEX jobs_newest ON jobs (created_time, job_id);
CREATE INDEX jobs_changed ON jobs (sequence);
CREATE INDEX jobs_by_phase ON jobs (phase, status);
CREATE INDEX jobs_by_parent ON jobs (parent_job) WHERE parent_job IS NOT NULL;
-- Typical durations: completed runs on a condition, walked backwards from a job's start.
CREATE INDEX jobs_by_name ON jobs (job_type, action, query_condition, start_time, end_time)
    WHERE status = 'completed' AND end_time > start_time AND target_devices IS NULL;
-- The jobs page lists running and scheduled jobs first: few of all jobs, found without reading the others.
CREATE INDEX jobs_running ON jobs (COALESCE(start_time, created_time), job_id)
    WHERE status NOT IN ('scheduled', 'completed', 'failed', 'cancelled');
CREATE INDEX jobs_scheduled ON jobs (COALESCE(start_time, created_time), job_id) WHERE status = 'scheduled';

-- A list may be too long for one query. Then several jobs on the hub, its parts, are one job here.
CREATE TABLE job_parts (
    job_id TEXT NOT NULL REFERENCES jobs (job_id),
    part BIGINT NOT NULL,
    -- The job on the hub.
    hub_job_id TEXT NOT NULL UNIQUE,
    -- waiting: not sent to the hub; sending: about to be sent, perhaps was; open: the hub has it; settled: nothing
    -- changes any more.
    phase TEXT NOT NULL CHECK (phase IN ('waiting', 'sending', 'open', 'settled')),
    -- The hub's status of the job on the hub.
    status TEXT NOT NULL,
    -- Just before it was first sent to the hub.
    sent_at BIGINT,
    start_time BIGINT,
    end_time BIGINT,
    failure_reason TEXT,
    -- Device results that changed before this are here.
    read_up_to BIGINT,
    PRIMARY KEY (job_id, part)
);
CREATE INDEX job_parts_by_phase ON job_parts (job_id, phase);

-- What a failure was, by code and normalised message; the same few for thousands of devices.
CREATE TABLE causes (
    cause_id INTEGER PRIMARY KEY,
    code TEXT NOT NULL,
    message TEXT NOT NULL,
    UNIQUE (code, message)
);

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
    -- Why the device failed; set exactly when its outcome is a problem.
    cause BIGINT REFERENCES causes (cause_id),
    -- The outcome as a number, problems first.
    rank BIGINT GENERATED ALWAYS AS (
        CASE outcome
            WHEN 'failed' THEN 0
            WHEN 'timedOut' THEN 1
            WHEN 'notOnline' THEN 2
            WHEN 'interrupted' THEN 3
            WHEN 'cancelled' THEN 4
            WHEN 'inFlight' THEN 5
            WHEN 'queued' THEN 6
            ELSE 7
        END
    ) VIRTUAL,
    -- When the hub last changed it; 0 while the hub has reported nothing of it.
    changed BIGINT GENERATED ALWAYS AS (coalesce(last_updated, end_time, start_time, 0)) VIRTUAL,
    -- Which part addresses the device; absent in jobs on a condition.
    part BIGINT,
    PRIMARY KEY (job_id, device_id, module_id)
);
-- Each view of the results walks one of these in page order and reads no row it does not show.
CREATE INDEX device_results_by_rank ON device_results (job_id, rank, device_id, module_id);
CREATE INDEX device_results_by_change ON device_results (job_id, changed, device_id, module_id);
-- Answers the list of causes by itself.
CREATE INDEX device_results_by_cause ON device_results (job_id, cause, device_id, module_id, end_time, rank)
    WHERE cause IS NOT NULL;
CREATE INDEX device_results_by_part ON device_results (job_id, part) WHERE part IS NOT NULL;

CREATE TABLE templates (
    name TEXT NOT NULL PRIMARY KEY,
    -- JSON of the wire's NewJob.
    job TEXT NOT NULL,
    updated BIGINT NOT NULL
);
