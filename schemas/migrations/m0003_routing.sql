-- Subscriptions, routing and delivery.

CREATE TABLE practice (
    ods_code text COLLATE "C" PRIMARY KEY,
    name     text NOT NULL,
    endpoint text
);

-- The patient directory: who is registered where.
CREATE TABLE patient (
    nhs_number bigint PRIMARY KEY,
    practice   text COLLATE "C",
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE subscription (
    id         uuid PRIMARY KEY,
    audience   text NOT NULL,                -- subscriber, gp, nis
    channel    text NOT NULL,                -- rest-hook, feed
    status     text NOT NULL,                -- requested, active, error, off
    reason     text NOT NULL,
    client     text NOT NULL,
    filter     jsonb NOT NULL,
    endpoint   text NOT NULL,                -- URL, or the folder of a feed
    content    text NOT NULL DEFAULT 'full-resource',
    max_count  integer NOT NULL DEFAULT 1,
    timeout_ms integer NOT NULL DEFAULT 15000,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX subscription_practice ON subscription ((filter -> 'registeredPractices' ->> 0)) WHERE audience = 'gp';

-- Raised with every change of a subscription; routers reload when it moved (D-93).
CREATE TABLE subscription_generation (number bigint NOT NULL);
INSERT INTO subscription_generation VALUES (1);

-- The next number of each subscription; only routers write here.
CREATE TABLE subscription_head (
    subscription_id uuid PRIMARY KEY REFERENCES subscription,
    last_number     bigint NOT NULL DEFAULT 0
);

CREATE TABLE subscription_event (
    subscription_id uuid NOT NULL,
    number          bigint NOT NULL,
    record_id       uuid NOT NULL,
    change          integer NOT NULL,
    shape           smallint NOT NULL,       -- 1 POST, 2 PUT, 3 DELETE
    PRIMARY KEY (subscription_id, number),
    UNIQUE (record_id, change, subscription_id)  -- one event, one number a subscription; also finds who had an earlier version
);

-- Every event that was routed, matched or not.
CREATE TABLE event (
    record_id uuid NOT NULL,
    change    integer NOT NULL,
    event_id  uuid NOT NULL,
    kind      smallint NOT NULL,
    matches   integer NOT NULL,
    practice  text COLLATE "C",              -- where the patient was registered at that moment
    routed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (record_id, change)
);

-- The log's position, moved in the routing transaction (D-90, D-91).
CREATE TABLE consumer_offset (
    topic       text COLLATE "C" NOT NULL,
    partition   integer NOT NULL,
    next_offset bigint NOT NULL,
    epoch       bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (topic, partition)
);

-- Messages that cannot be processed, with their bytes and the reason (D-94).
CREATE TABLE event_dead (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic      text NOT NULL,
    partition  integer NOT NULL,
    log_offset bigint NOT NULL,
    key        bytea,
    value      bytea,
    error      text NOT NULL,
    set_aside  timestamptz NOT NULL DEFAULT now(),
    UNIQUE (topic, partition, log_offset)
);

-- One cursor a subscription; only couriers write here.
CREATE TABLE lane (
    subscription_id   uuid PRIMARY KEY REFERENCES subscription,
    channel           text NOT NULL,
    delivered_through bigint NOT NULL DEFAULT 0,
    batch_to          bigint,                -- the frozen batch: (delivered_through, batch_to] (D-10)
    bundle_id         uuid,
    frozen_at         timestamptz,
    attempt           integer NOT NULL DEFAULT 0,
    first_failure_at  timestamptz,
    next_attempt_at   timestamptz NOT NULL DEFAULT now(),
    last_error        text,
    lease_owner       uuid,
    lease_epoch       bigint NOT NULL DEFAULT 0,
    lease_until       timestamptz
);
-- For when many lanes wait: next_attempt_at changes once a turn, not once a batch, so batches stay HOT updates.
CREATE INDEX lane_due ON lane (channel, next_attempt_at);

-- Lanes with something to deliver; the router inserts, the courier removes (D-40). Looked at several times a second, so
-- its dead rows are cleared away soon, and the planner must know how many there are.
CREATE TABLE lane_ready (subscription_id uuid PRIMARY KEY) WITH (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
    autovacuum_analyze_scale_factor = 0.1, autovacuum_analyze_threshold = 1000
);

CREATE TABLE delivery_attempt (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subscription_id uuid NOT NULL,
    first_number    bigint NOT NULL,
    last_number     bigint NOT NULL,
    attempt         integer NOT NULL,
    started_at      timestamptz NOT NULL,
    milliseconds    integer NOT NULL,
    outcome         text NOT NULL,
    http_status     integer
);
CREATE INDEX delivery_attempt_lane ON delivery_attempt (subscription_id, last_number);

-- Runs of a feed subscription: range and number are committed before the first file is written (N-20).
CREATE TABLE feed_run (
    subscription_id uuid NOT NULL REFERENCES subscription,
    sequence        bigint NOT NULL,
    from_event      bigint NOT NULL,
    to_event        bigint NOT NULL,
    started_at      timestamptz NOT NULL,
    written_at      timestamptz,
    held_back       integer NOT NULL DEFAULT 0,
    PRIMARY KEY (subscription_id, sequence)
);
