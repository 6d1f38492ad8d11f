-- Where the rollout of a job is, JSON of the wire's RolloutSummary; absent in a job without one.
ALTER TABLE jobs ADD COLUMN rollout TEXT;

-- A rollout's state is what its steps since the last copy of the state make of that copy.
CREATE TABLE rollouts (
    job_id TEXT NOT NULL PRIMARY KEY REFERENCES jobs (job_id),
    -- JSON of the crate `rollout`'s State, and how many steps it has behind it.
    state TEXT NOT NULL,
    state_step BIGINT NOT NULL,
    -- JSON of the wire's Rollout, without history and approval.
    progress TEXT NOT NULL
);

CREATE TABLE rollout_steps (
    job_id TEXT NOT NULL REFERENCES rollouts (job_id),
    step BIGINT NOT NULL,
    -- The time of the step.
    at BIGINT NOT NULL,
    -- JSON of the crate's Event.
    event TEXT NOT NULL,
    PRIMARY KEY (job_id, step)
) WITHOUT ROWID;

-- Which device each number of a rollout is.
CREATE TABLE rollout_devices (
    job_id TEXT NOT NULL REFERENCES rollouts (job_id),
    device BIGINT NOT NULL,
    device_id TEXT NOT NULL,
    -- It is on a list and not in the scope of who asked: it is never called.
    is_outside BOOLEAN NOT NULL DEFAULT FALSE,
    PRIMARY KEY (job_id, device)
) WITHOUT ROWID;

-- Calls of a device before its last one; that one is in device_results.
CREATE TABLE rollout_attempts (
    job_id TEXT NOT NULL REFERENCES rollouts (job_id),
    device_id TEXT NOT NULL,
    -- From 1.
    attempt BIGINT NOT NULL,
    -- JSON of the hub's device job.
    result TEXT NOT NULL,
    PRIMARY KEY (job_id, device_id, attempt)
) WITHOUT ROWID;

CREATE TABLE rollout_history (
    entry INTEGER PRIMARY KEY,
    job_id TEXT NOT NULL REFERENCES rollouts (job_id),
    at BIGINT NOT NULL,
    -- JSON of the wire's Decision.
    decision TEXT NOT NULL,
    -- JSON of the wire's PersonRef; absent for what the rollout decided by itself, and without sign-in.
    person TEXT,
    comment TEXT
);
CREATE INDEX rollout_history_by_job ON rollout_history (job_id, entry);

CREATE TABLE rollout_approvals (
    approval INTEGER PRIMARY KEY,
    job_id TEXT NOT NULL REFERENCES rollouts (job_id),
    result TEXT NOT NULL,
    hash TEXT NOT NULL,
    devices BIGINT NOT NULL,
    asked_at BIGINT NOT NULL,
    lapses_at BIGINT NOT NULL,
    asked_by TEXT,
    decided_by TEXT,
    decided_at BIGINT,
    comment TEXT
);
CREATE INDEX rollout_approvals_by_result ON rollout_approvals (result, asked_at);
CREATE INDEX rollout_approvals_by_job ON rollout_approvals (job_id, approval);
