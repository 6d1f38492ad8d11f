-- Jobs that run again and again.
CREATE TABLE schedules (
    schedule_id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    -- The name in lower case: two schedules cannot have the same one.
    name_key TEXT NOT NULL UNIQUE,
    -- Name, id and action in lower case, for searches.
    search TEXT NOT NULL,
    -- JSON of the wire's ScheduleSpec and NewJob.
    spec TEXT NOT NULL,
    job TEXT NOT NULL,
    origin TEXT NOT NULL,
    -- JSON of the wire's PersonRef; absent without sign-in.
    owner TEXT,
    scope TEXT,
    -- JSON of the crate schedule's ScheduleState.
    state TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('active', 'paused', 'ended')),
    -- Who asked for the run that waits; JSON of the wire's PersonRef.
    waiting_by TEXT,
    -- When it has to be looked at; absent when nothing comes any more.
    next_look BIGINT,
    created_time BIGINT NOT NULL,
    changed_time BIGINT NOT NULL
);
CREATE INDEX schedules_by_next_look ON schedules (next_look) WHERE next_look IS NOT NULL;
CREATE INDEX schedules_by_status ON schedules (status, next_look, name_key);

-- What became of each occurrence.
CREATE TABLE schedule_runs (
    run_id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    schedule_id TEXT NOT NULL REFERENCES schedules (schedule_id) ON DELETE CASCADE,
    due BIGINT NOT NULL,
    -- JSON of the crate schedule's Row.
    content TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('ran', 'shifted', 'skipped', 'missed')),
    -- starting: its job is about to be created. running: its job has not ended. done: nothing changes any more.
    phase TEXT NOT NULL CHECK (phase IN ('starting', 'running', 'done')),
    -- The id of its job, chosen before the job is created, so that it is created once.
    job_id TEXT UNIQUE,
    -- Who asked for it; JSON of the wire's PersonRef. Absent for a run of the rule, which has the owner's rights.
    run_by TEXT,
    -- Why its job was not created.
    note TEXT,
    CHECK (phase = 'done' OR job_id IS NOT NULL)
);
CREATE INDEX schedule_runs_by_schedule ON schedule_runs (schedule_id, run_id);
CREATE INDEX schedule_runs_open ON schedule_runs (schedule_id, phase) WHERE phase <> 'done';
CREATE INDEX schedule_runs_by_due ON schedule_runs (due) WHERE phase = 'done';

-- When the schedules were last looked after, to say afterwards how long the console was down.
INSERT INTO meta (name, value) VALUES ('schedules_seen', 0);

-- The schedule that started a job, and its name as it was then. The schedule may be gone.
ALTER TABLE jobs ADD COLUMN schedule_id TEXT;
ALTER TABLE jobs ADD COLUMN schedule_name TEXT;
CREATE INDEX jobs_by_schedule ON jobs (schedule_id, created_time) WHERE schedule_id IS NOT NULL;
