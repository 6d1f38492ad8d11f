-- The condition that limits the devices on which a person with the role Operator may act; absent: every device.
ALTER TABLE users ADD COLUMN scope TEXT;

-- The scope under which a job was created. Its condition holds it; each part of a job on a list is narrowed by it.
ALTER TABLE jobs ADD COLUMN scope TEXT;
-- Why the console itself cancelled a job.
ALTER TABLE jobs ADD COLUMN cancel_reason TEXT;
