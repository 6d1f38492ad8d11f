-- The condition that limits the devices on which a person with the role Operator may act; absent: every device.
ALTER TABLE users ADD COLUMN scope TEXT;

-- The scope under which a job was created. Its condition holds it; each part of a job on a list is narrowed by it.
ALTER TABLE jobs ADD COLUMN scope TEXT;
-- Why the console itself cancelled a job.
ALTER TABLE jobs ADD COLUMN cancel_reason TEXT;

-- A person who signs in with the provider of OpenID Connect is known by its issuer and the subject there, never by a name.
ALTER TABLE users ADD COLUMN issuer TEXT;
ALTER TABLE users ADD COLUMN subject TEXT;
CREATE UNIQUE INDEX users_by_subject ON users (issuer, subject) WHERE issuer IS NOT NULL;

-- Sign-ins that are under way at the provider, each for ten minutes and for one browser.
CREATE TABLE provider_sign_ins (
    -- SHA-256 of the state that the provider hands back.
    state_hash BLOB NOT NULL PRIMARY KEY,
    -- SHA-256 of the cookie of the browser that began it.
    browser_hash BLOB NOT NULL,
    nonce TEXT NOT NULL,
    -- What proves to the provider that the code is redeemed by whom it was requested.
    verifier TEXT NOT NULL,
    -- The page to go on with.
    next_page TEXT NOT NULL,
    ends BIGINT NOT NULL
);
CREATE INDEX provider_sign_ins_by_end ON provider_sign_ins (ends);
