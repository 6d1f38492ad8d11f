-- Whose history this is. One row once a hub has been seen.
CREATE TABLE hub (
    only_one INTEGER NOT NULL PRIMARY KEY CHECK (only_one = 1),
    identity TEXT NOT NULL
);

CREATE TABLE templates (
    name TEXT NOT NULL PRIMARY KEY,
    -- JSON of the wire's NewJob.
    job TEXT NOT NULL,
    updated BIGINT NOT NULL
);
