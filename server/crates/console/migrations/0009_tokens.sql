-- Accounts of programs have tokens and never sign in.
ALTER TABLE users ADD COLUMN kind TEXT NOT NULL DEFAULT 'person' CHECK (kind IN ('person', 'service'));

-- API tokens. The program holds the token; here is only its SHA-256. A token that is revoked is deleted.
CREATE TABLE api_tokens (
    token_id INTEGER PRIMARY KEY AUTOINCREMENT,
    token_hash BLOB NOT NULL UNIQUE,
    user_id TEXT NOT NULL REFERENCES users (user_id),
    name TEXT NOT NULL,
    -- The beginning of its text, by which people recognise it.
    prefix TEXT NOT NULL,
    -- As it was chosen; its owner's role limits it at every request.
    role TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'approver', 'administrator')),
    created_time BIGINT NOT NULL,
    ends BIGINT NOT NULL,
    -- To the minute; absent until it was used.
    last_used BIGINT
);
CREATE INDEX api_tokens_by_user ON api_tokens (user_id);

-- Command lines that ask to sign in (RFC 8628), until ten minutes after their codes have ended.
CREATE TABLE device_logins (
    device_code_hash BLOB NOT NULL PRIMARY KEY,
    user_code TEXT NOT NULL UNIQUE,
    -- As the machine calls itself.
    machine TEXT NOT NULL,
    address TEXT,
    created_time BIGINT NOT NULL,
    ends BIGINT NOT NULL,
    -- Seconds; grows when the command line polls too fast.
    poll_interval BIGINT NOT NULL,
    last_poll BIGINT,
    decision TEXT CHECK (decision IN ('allowed', 'denied')),
    -- Who decided; of an allowed one also the role of the token, and whether it was handed out.
    user_id TEXT REFERENCES users (user_id),
    role TEXT CHECK (role IN ('viewer', 'operator', 'approver', 'administrator')),
    is_issued BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX device_logins_by_address ON device_logins (address, created_time);
CREATE INDEX device_logins_by_end ON device_logins (ends);
