-- A device that waits has not changed since its job began, so the index over changes leaves it out: fixing a job's
-- devices writes no entries, and each row gets its first one, at the end of the index, when its turn has come.
DROP INDEX device_jobs_changed;
CREATE INDEX device_jobs_changed ON device_jobs (last_updated) WHERE status <> 'pending';
