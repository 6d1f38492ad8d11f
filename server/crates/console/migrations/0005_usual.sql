-- How long jobs of one name took: those that ran to their end, on a condition. Walked backwards from a job's start.
CREATE INDEX jobs_by_name ON jobs (job_type, action, query_condition, start_time, end_time)
WHERE status = 'completed' AND end_time > start_time AND target_devices IS NULL;
