-- What a failure was, by code and normalised message; the same few for thousands of devices.
CREATE TABLE causes (
    cause_id INTEGER PRIMARY KEY,
    code TEXT NOT NULL,
    message TEXT NOT NULL,
    UNIQUE (code, message)
);

-- Why the device failed; set exactly when its outcome is a problem.
ALTER TABLE device_results ADD COLUMN cause BIGINT REFERENCES causes (cause_id);
-- The outcome as a number, problems first.
ALTER TABLE device_results ADD COLUMN rank BIGINT GENERATED ALWAYS AS (
    CASE outcome
        WHEN 'failed' THEN 0
        WHEN 'timedOut' THEN 1
        WHEN 'notOnline' THEN 2
        WHEN 'interrupted' THEN 3
        WHEN 'cancelled' THEN 4
        WHEN 'inFlight' THEN 5
        WHEN 'queued' THEN 6
        ELSE 7
    END
) VIRTUAL;
-- When the hub last changed it; 0 while the hub has said nothing of it.
ALTER TABLE device_results ADD COLUMN changed BIGINT GENERATED ALWAYS AS (
    coalesce(last_updated, end_time, start_time, 0)
) VIRTUAL;

-- Each view of the results walks one of these in page order and reads no row it does not show.
DROP INDEX device_results_by_outcome;
CREATE INDEX device_results_by_rank ON device_results (job_id, rank, device_id, module_id);
CREATE INDEX device_results_by_change ON device_results (job_id, changed, device_id, module_id);
-- Answers the folded list of causes by itself.
CREATE INDEX device_results_by_cause ON device_results (job_id, cause, device_id, module_id, end_time, rank)
WHERE cause IS NOT NULL;

-- What was recorded before causes were kept is named once, by the program.
INSERT INTO meta (name, value)
SELECT 'causes_named', 1 WHERE NOT EXISTS (SELECT 1 FROM device_results);
