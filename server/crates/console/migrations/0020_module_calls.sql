-- The module that was called; absent for a call of the device itself.
ALTER TABLE device_calls ADD COLUMN module_id TEXT;
