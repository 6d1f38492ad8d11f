-- People who may sign in. A name in lower case belongs to one account only.
CREATE TABLE users (
    user_id TEXT NOT NULL PRIMARY KEY,
    user_name TEXT NOT NULL,
    user_name_key TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'approver', 'administrator')),
    -- Argon2id in PHC form; absent until the person has chosen a password.
    password_hash TEXT,
    is_active BIGINT NOT NULL DEFAULT 1,
    created_time BIGINT NOT NULL,
    last_seen BIGINT
);

-- Who is signed in. The browser holds the token; here is only its SHA-256.
CREATE TABLE sessions (
    session_id INTEGER PRIMARY KEY AUTOINCREMENT,
    token_hash BLOB NOT NULL UNIQUE,
    user_id TEXT NOT NULL REFERENCES users (user_id),
    created_time BIGINT NOT NULL,
    -- To the minute: a write for every request would be too many.
    last_used BIGINT NOT NULL,
    address TEXT,
    user_agent TEXT
);
CREATE INDEX sessions_by_user ON sessions (user_id);

-- Attempts to sign in, of a day. The account is the SHA-256 of the name that was typed: people type passwords there too.
CREATE TABLE sign_in_attempts (
    attempt_id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_hash BLOB NOT NULL,
    address TEXT NOT NULL,
    time BIGINT NOT NULL,
    has_succeeded BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX sign_in_attempts_by_account ON sign_in_attempts (account_hash, attempt_id);
CREATE INDEX sign_in_attempts_by_address ON sign_in_attempts (address, time);
CREATE INDEX sign_in_attempts_by_time ON sign_in_attempts (time);

-- One-time links by which a person chooses a password.
CREATE TABLE account_links (
    link_hash BLOB NOT NULL PRIMARY KEY,
    -- Absent in the link that makes the first administrator.
    user_id TEXT REFERENCES users (user_id),
    ends BIGINT NOT NULL
);
CREATE INDEX account_links_by_user ON account_links (user_id);

-- JSON of the wire's PersonRef; absent in jobs from before, from the hub, and without sign-in.
ALTER TABLE jobs ADD COLUMN created_by TEXT;
ALTER TABLE jobs ADD COLUMN cancelled_by TEXT;
