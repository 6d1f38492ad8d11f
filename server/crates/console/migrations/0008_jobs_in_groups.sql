-- The jobs page lists what runs and what waits first: few of all jobs, found without reading the others.
CREATE INDEX jobs_running ON jobs (COALESCE(start_time, created_time), job_id)
    WHERE status NOT IN ('scheduled', 'completed', 'failed', 'cancelled');
CREATE INDEX jobs_scheduled ON jobs (COALESCE(start_time, created_time), job_id) WHERE status = 'scheduled';
