-- Until when a job on the hub may call devices of a rollout; absent where nothing limits it.
ALTER TABLE job_parts ADD COLUMN calls_until BIGINT;
