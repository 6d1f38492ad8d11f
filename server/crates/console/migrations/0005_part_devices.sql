-- How many devices a part addresses. What a stop leaves out is read with every job, without counting its rows.
ALTER TABLE job_parts ADD COLUMN devices BIGINT NOT NULL DEFAULT 0;
UPDATE job_parts SET devices = (
    SELECT count(*) FROM device_results AS result
    WHERE result.job_id = job_parts.job_id AND result.part = job_parts.part
);
