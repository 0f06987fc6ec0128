-- Handshakes and heartbeats have lines in the delivery log too, without numbers.
ALTER TABLE delivery_attempt
    ADD COLUMN kind text NOT NULL DEFAULT 'events',  -- handshake, heartbeat, events, resend
    ALTER COLUMN first_number DROP NOT NULL,
    ALTER COLUMN last_number DROP NOT NULL;

-- What a subscriber wants of an event that its endpoint refuses for a day (D-22).
ALTER TABLE lane ADD COLUMN refusal_policy text NOT NULL DEFAULT 'block' CHECK (refusal_policy IN ('block', 'skip'));
-- Notifications of one event up to this number: a batch that was refused is split (D-22).
ALTER TABLE lane ADD COLUMN single_through bigint NOT NULL DEFAULT 0;

-- Events set aside: by the policy `skip`, or by an operator with a reason (D-50).
CREATE TABLE delivery_dead (
    subscription_id uuid NOT NULL,
    number          bigint NOT NULL,
    cause           text NOT NULL,           -- result class of the last attempt, or operator
    http_status     integer,
    attempts        integer NOT NULL,
    bundle_id       uuid,                    -- the notification that was refused
    set_aside_at    timestamptz NOT NULL DEFAULT now(),
    set_aside_by    text,                    -- the operator; null for the policy
    reason          text,
    PRIMARY KEY (subscription_id, number)
);
CREATE INDEX delivery_dead_time ON delivery_dead (set_aside_at);
