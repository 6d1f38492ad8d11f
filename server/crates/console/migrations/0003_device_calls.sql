-- Direct method calls and twin changes of single devices. A row is written before the call is sent.
CREATE TABLE device_calls (
    -- Grows with each call; a number is never used again.
    call_id INTEGER PRIMARY KEY AUTOINCREMENT,
    device_id TEXT NOT NULL,
    -- The wire's words: method, twinPatch.
    call_type TEXT NOT NULL,
    method_name TEXT,
    -- JSON text of the payload or the change; absent when it is too large to be kept.
    request TEXT,
    request_bytes BIGINT NOT NULL,
    -- page or api.
    origin TEXT NOT NULL,
    -- The user; absent without a sign-in.
    requested_by TEXT,
    requested_time BIGINT NOT NULL,
    -- The wire's outcomes; inFlight from before the call is sent until its end is known.
    outcome TEXT NOT NULL,
    end_time BIGINT,
    response_status BIGINT,
    -- JSON text; absent when it is too large to be kept.
    response_payload TEXT,
    response_bytes BIGINT NOT NULL DEFAULT 0,
    round_trip_ms BIGINT,
    error_code TEXT,
    error_description TEXT,
    twin_version BIGINT,
    desired_version BIGINT
);
CREATE INDEX device_calls_by_device ON device_calls (device_id, call_id);
CREATE INDEX device_calls_under_way ON device_calls (call_id) WHERE outcome = 'inFlight';
