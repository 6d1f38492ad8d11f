-- Devices under a name, by a query condition or by a list of ids.
CREATE TABLE device_groups (
    group_id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    -- The name in lower case: two groups cannot have the same one.
    name_key TEXT NOT NULL UNIQUE,
    description TEXT,
    query_condition TEXT,
    -- JSON list of ids, each once, and how many they are.
    device_ids TEXT,
    listed_devices BIGINT,
    created_time BIGINT NOT NULL,
    -- JSON of the wire's PersonRef; absent without sign-in.
    created_by TEXT,
    changed_time BIGINT NOT NULL,
    -- JSON of the wire's GroupCount; absent until the devices were counted as they are chosen now.
    newest_count TEXT,
    -- When the last count began: groups are counted in turn, also those whose count fails.
    counting_time BIGINT NOT NULL,
    CHECK ((query_condition IS NULL) <> (device_ids IS NULL)),
    CHECK ((device_ids IS NULL) = (listed_devices IS NULL))
);
CREATE INDEX device_groups_by_counting ON device_groups (counting_time);

-- The last count of each day, in days since 1970-01-01 UTC.
CREATE TABLE device_group_counts (
    group_id TEXT NOT NULL REFERENCES device_groups (group_id) ON DELETE CASCADE,
    day BIGINT NOT NULL,
    as_of BIGINT NOT NULL,
    devices BIGINT NOT NULL,
    PRIMARY KEY (group_id, day)
);

-- The group that a job addressed, and its name as it was then. The group may be gone.
ALTER TABLE jobs ADD COLUMN group_id TEXT;
ALTER TABLE jobs ADD COLUMN group_name TEXT;
CREATE INDEX jobs_by_group ON jobs (group_id, phase, created_time) WHERE group_id IS NOT NULL;
