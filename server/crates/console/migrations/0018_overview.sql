-- What the overview shows over time. One row a minute, kept 30 days; a minute without a row was not measured.
CREATE TABLE fleet_samples (
    -- Minutes since 1970-01-01T00:00:00Z.
    minute BIGINT NOT NULL PRIMARY KEY,
    -- Devices registered and connected; absent while the hub could not be reached.
    devices BIGINT,
    connected BIGINT,
    -- Devices of jobs that were sent and had not answered.
    in_flight BIGINT NOT NULL,
    -- Device operations of jobs that ended since the sample before.
    operations BIGINT NOT NULL,
    -- Calls that the hub refused since then, because there were too many.
    throttled BIGINT NOT NULL,
    CHECK ((devices IS NULL) = (connected IS NULL))
);

-- Device jobs that have ended, by the day (UTC, days since 1970-01-01) on which their jobs began. Kept when a purge deletes
-- the jobs.
CREATE TABLE outcome_days (
    day BIGINT NOT NULL PRIMARY KEY,
    succeeded BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    timed_out BIGINT NOT NULL,
    not_online BIGINT NOT NULL,
    interrupted BIGINT NOT NULL,
    cancelled BIGINT NOT NULL
);

-- Sums over the jobs of some days, without reading the jobs themselves: the same time as that of the list's filter.
CREATE INDEX jobs_by_time ON jobs (
    MAX(created_time, COALESCE(start_time, created_time)),
    phase, status, succeeded, failed, timed_out, not_online, interrupted, cancelled
);
-- The jobs that ended last.
CREATE INDEX jobs_by_end ON jobs (end_time) WHERE end_time IS NOT NULL;
