-- Rows of a twin job change one after the other, so their own order is that of the changes; only those of a method job,
-- which end as answers come, need an index to find what changed.
DROP INDEX device_jobs_changed;
CREATE INDEX device_jobs_changed ON device_jobs (last_updated)
WHERE status <> 'pending' AND job_type = 'scheduleDeviceMethod';
