-- What people call a job, why it runs, and the name in lower case, which searches compare with.
ALTER TABLE jobs ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN reason TEXT;
ALTER TABLE jobs ADD COLUMN name_search TEXT NOT NULL DEFAULT '';

-- Jobs from before get the name that a job without one gets: what it does and to which devices.
UPDATE jobs SET name = substr(
    CASE
        WHEN job_type = 'scheduleUpdateTwin' THEN 'Set '
        ELSE ''
    END || action || ' on ' || CASE
        WHEN target_devices = 1 THEN '1 device'
        WHEN target_devices IS NOT NULL THEN target_devices || ' devices'
        WHEN trim(query_condition) IN ('', '*') THEN 'every device'
        ELSE trim(query_condition)
    END,
    1, 100
);
UPDATE jobs SET name_search = lower(name);
