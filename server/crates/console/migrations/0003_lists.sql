-- Jobs on a list of devices: reruns, pasted ids.

-- How many devices the list holds; absent in jobs on a condition.
ALTER TABLE jobs ADD COLUMN target_devices BIGINT;
-- The job whose devices are run again, and which of them (JSON of the wire's Subset).
ALTER TABLE jobs ADD COLUMN parent_job TEXT;
ALTER TABLE jobs ADD COLUMN parent_subset TEXT;
CREATE INDEX jobs_by_parent ON jobs (parent_job) WHERE parent_job IS NOT NULL;

-- A list may be longer than one query can say. Then several jobs on the hub, its parts, are one job here.
CREATE TABLE job_parts (
    job_id TEXT NOT NULL REFERENCES jobs (job_id),
    part BIGINT NOT NULL,
    -- The job on the hub.
    hub_job_id TEXT NOT NULL UNIQUE,
    -- waiting: not given to the hub; sending: about to be, perhaps has been; open: the hub has it; settled: nothing
    -- moves any more.
    phase TEXT NOT NULL CHECK (phase IN ('waiting', 'sending', 'open', 'settled')),
    -- The hub's word for the job on the hub.
    status TEXT NOT NULL,
    -- Just before the hub was first asked to take it.
    sent_at BIGINT,
    start_time BIGINT,
    end_time BIGINT,
    failure_reason TEXT,
    -- Device results that changed before this are here.
    read_up_to BIGINT,
    PRIMARY KEY (job_id, part)
);
CREATE INDEX job_parts_by_phase ON job_parts (job_id, phase);

-- Which part addresses the device; absent in jobs on a condition.
ALTER TABLE device_results ADD COLUMN part BIGINT;
CREATE INDEX device_results_by_part ON device_results (job_id, part) WHERE part IS NOT NULL;
