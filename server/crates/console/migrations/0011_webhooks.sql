-- Receivers of messages about jobs. Secrets are kept as they are, since messages are signed with them.
CREATE TABLE webhooks (
    webhook_id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    url TEXT NOT NULL,
    -- JSON list of the events that it is told of.
    events TEXT NOT NULL,
    format TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('active', 'paused', 'gone')),
    secret TEXT NOT NULL,
    -- The secret before, with which messages are signed too until then.
    old_secret TEXT,
    old_secret_ends BIGINT,
    created_time BIGINT NOT NULL
);

-- What has happened, written in the transaction in which it happens. A message that is sent again has the same text.
CREATE TABLE webhook_messages (
    message_id TEXT NOT NULL PRIMARY KEY,
    event TEXT NOT NULL,
    -- Absent in a test.
    job_id TEXT,
    event_time BIGINT NOT NULL,
    -- JSON.
    data TEXT NOT NULL
);
-- Nothing happens to a job twice.
CREATE UNIQUE INDEX webhook_messages_once ON webhook_messages (job_id, event) WHERE job_id IS NOT NULL;

-- A message to one webhook.
CREATE TABLE webhook_deliveries (
    -- Grows with each delivery: the log is in this order.
    delivery_id INTEGER PRIMARY KEY AUTOINCREMENT,
    webhook_id BIGINT NOT NULL REFERENCES webhooks (webhook_id),
    message_id TEXT NOT NULL REFERENCES webhook_messages (message_id),
    state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'failed')),
    attempts BIGINT NOT NULL DEFAULT 0,
    -- Failed attempts since it was last begun anew: which wait of the table comes next.
    failures BIGINT NOT NULL DEFAULT 0,
    next_attempt BIGINT NOT NULL,
    -- Who sends it has the number of the lease. After its end another one may send.
    lease BIGINT NOT NULL DEFAULT 0,
    lease_ends BIGINT NOT NULL DEFAULT 0,
    last_attempt BIGINT,
    status BIGINT,
    error TEXT,
    duration_ms BIGINT
);
CREATE INDEX webhook_deliveries_pending ON webhook_deliveries (webhook_id, next_attempt, delivery_id)
    WHERE state = 'pending';
CREATE INDEX webhook_deliveries_by_message ON webhook_deliveries (message_id);
CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries (webhook_id, delivery_id);
