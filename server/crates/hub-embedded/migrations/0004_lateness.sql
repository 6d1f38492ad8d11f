-- When a job that has started was to start; `start_time` is when it did.
ALTER TABLE jobs ADD COLUMN planned_start INTEGER;
