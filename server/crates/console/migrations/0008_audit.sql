-- The audit log: what was done, by whom, and what became of it. Rows are added, never changed and never deleted.
CREATE TABLE audit (
    -- From 1 without a gap.
    seq INTEGER PRIMARY KEY,
    -- The hash of the row before; zeros in the first row.
    previous_hash BLOB NOT NULL CHECK (length(previous_hash) = 32),
    -- SHA-256 of previous_hash and content.
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    -- The row as canonical JSON. The columns below are read from it, so that none of them can differ from what is hashed.
    content TEXT NOT NULL,
    time TEXT GENERATED ALWAYS AS (content ->> '$.time') VIRTUAL,
    phase TEXT GENERATED ALWAYS AS (content ->> '$.phase') VIRTUAL,
    -- The row that began what this row ends.
    begun BIGINT GENERATED ALWAYS AS (content ->> '$.begun') VIRTUAL,
    user_id TEXT GENERATED ALWAYS AS (content ->> '$.actor.userId') VIRTUAL,
    user_name TEXT GENERATED ALWAYS AS (content ->> '$.actor.name') VIRTUAL,
    action TEXT GENERATED ALWAYS AS (content ->> '$.action') VIRTUAL,
    subject TEXT GENERATED ALWAYS AS (content ->> '$.subject') VIRTUAL,
    subject_name TEXT GENERATED ALWAYS AS (content ->> '$.subjectName') VIRTUAL
);
-- What was begun has one end.
CREATE UNIQUE INDEX audit_by_begun ON audit (begun) WHERE begun IS NOT NULL;
CREATE INDEX audit_by_user ON audit (user_id, seq);
CREATE INDEX audit_by_action ON audit (action, seq);

CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit BEGIN
    SELECT RAISE(ABORT, 'rows of the audit log are never changed');
END;
CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit BEGIN
    SELECT RAISE(ABORT, 'rows of the audit log are never deleted');
END;
-- Also keeps INSERT OR REPLACE from replacing a row.
CREATE TRIGGER audit_is_only_continued BEFORE INSERT ON audit
WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM audit) BEGIN
    SELECT RAISE(ABORT, 'a row of the audit log follows the last one');
END;
