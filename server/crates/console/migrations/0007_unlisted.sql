-- Devices that the hub counts and that have no result here yet: all of them wait. They are a part of `queued`.
ALTER TABLE jobs ADD COLUMN unlisted BIGINT NOT NULL DEFAULT 0;
