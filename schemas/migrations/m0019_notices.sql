-- What a lane says besides new events, and what operators do with lanes.

ALTER TABLE lane
    ADD COLUMN spoke_at           timestamptz,              -- start of the last request of any kind: heartbeats count from it
    ADD COLUMN heartbeat_failures integer NOT NULL DEFAULT 0,
    ADD COLUMN paused_at          timestamptz,              -- an operator holds it
    ADD COLUMN paused_by          text,
    ADD COLUMN pause_reason       text;

-- When a lane has something to say although no event is ready: a handshake, a heartbeat, events that are asked for again.
-- Looked at like lane_ready (D-40).
CREATE TABLE lane_timer (
    subscription_id uuid PRIMARY KEY REFERENCES subscription,
    due_at          timestamptz NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
CREATE INDEX lane_timer_due ON lane_timer (due_at);

-- Whoever writes a subscription: its handshake is due at once, and a heartbeat is looked for.
CREATE FUNCTION wake_lane() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO lane_timer (subscription_id, due_at) VALUES (NEW.id, now())
    ON CONFLICT (subscription_id) DO UPDATE SET due_at = least(lane_timer.due_at, excluded.due_at);
    RETURN NULL;
END
$$;
CREATE TRIGGER wake_new_lane AFTER INSERT ON subscription
    FOR EACH ROW WHEN (NEW.channel = 'rest-hook' AND (NEW.status = 'requested' OR NEW.heartbeat IS NOT NULL))
    EXECUTE FUNCTION wake_lane();
CREATE TRIGGER wake_changed_lane AFTER UPDATE OF status, heartbeat, endpoint ON subscription
    FOR EACH ROW WHEN (
        NEW.channel = 'rest-hook'
        AND (NEW.status = 'requested' AND (OLD.status, OLD.endpoint) IS DISTINCT FROM (NEW.status, NEW.endpoint)
            OR NEW.heartbeat IS NOT NULL AND (OLD.status, OLD.heartbeat) IS DISTINCT FROM (NEW.status, NEW.heartbeat))
    ) EXECUTE FUNCTION wake_lane();

-- Events that are asked for again, in a lane of their own behind the live one, whose cursor they never move (D-23).
CREATE TABLE delivery_job (
    id               uuid PRIMARY KEY,
    subscription_id  uuid NOT NULL REFERENCES subscription,
    numbers          int8multirange NOT NULL DEFAULT '{}',  -- what is left
    sent             bigint NOT NULL DEFAULT 0,             -- events that were accepted
    withheld         bigint NOT NULL DEFAULT 0,             -- events the client may not read any more (D-52)
    batch_to         bigint,                                -- the frozen batch, from the lowest number that is left (D-10)
    bundle_id        uuid,
    frozen_at        timestamptz,
    attempt          integer NOT NULL DEFAULT 0,
    first_failure_at timestamptz,
    next_attempt_at  timestamptz NOT NULL DEFAULT now(),
    pause_ms         integer NOT NULL DEFAULT 0,            -- between two notifications: the rate
    created_at       timestamptz NOT NULL DEFAULT now(),
    created_by       text NOT NULL,                         -- client, or the operator
    reason           text,
    finished_at      timestamptz,
    outcome          text                                   -- done, failed, cancelled
);
CREATE INDEX delivery_job_open ON delivery_job (subscription_id, created_at) WHERE finished_at IS NULL;
CREATE INDEX delivery_job_finished ON delivery_job (finished_at) WHERE finished_at IS NOT NULL;

-- For retention, and for logs by time.
CREATE INDEX delivery_attempt_time ON delivery_attempt (started_at);
CREATE INDEX delivery_attempt_log ON delivery_attempt (subscription_id, id);
