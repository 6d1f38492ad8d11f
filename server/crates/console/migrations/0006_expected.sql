-- How many devices were told of when the job was asked for, by a preview or by the count at acceptance.
ALTER TABLE jobs ADD COLUMN expected_devices BIGINT;
