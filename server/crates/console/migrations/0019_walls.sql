-- Screens that show the wall. The screen's browser holds the token; here is only its SHA-256, once the screen has
-- connected. A screen that is revoked is deleted.
CREATE TABLE walls (
    wall_id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    token_hash BLOB UNIQUE,
    -- JSON of the wire's PersonRef.
    created_by TEXT NOT NULL,
    created_time BIGINT NOT NULL,
    -- To the minute; absent until it has connected.
    last_used BIGINT,
    address TEXT,
    user_agent TEXT
);

-- Screens that ask to be allowed, until their codes end.
CREATE TABLE wall_codes (
    code_hash BLOB NOT NULL PRIMARY KEY,
    user_code TEXT NOT NULL UNIQUE,
    address TEXT,
    user_agent TEXT,
    created_time BIGINT NOT NULL,
    ends BIGINT NOT NULL,
    -- The screen, once it was allowed.
    wall_id BIGINT REFERENCES walls (wall_id)
);
CREATE INDEX wall_codes_by_address ON wall_codes (address, created_time);
CREATE INDEX wall_codes_by_wall ON wall_codes (wall_id) WHERE wall_id IS NOT NULL;
