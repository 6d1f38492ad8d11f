-- A job that is being deleted: in phase intent, so that nothing shows it, until its last result is gone.
ALTER TABLE jobs ADD COLUMN purging INTEGER NOT NULL DEFAULT 0;
CREATE INDEX jobs_purging ON jobs (job_id) WHERE purging;
