-- When the last of a job's devices so far was sent; absent in jobs that ended before this column was added.
ALTER TABLE jobs ADD COLUMN last_sent BIGINT;
