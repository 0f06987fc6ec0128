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

-- Until when the endpoint has asked to be left alone (Retry-After, D-31).
ALTER TABLE lane ADD COLUMN asked_until timestamptz;

-- Scheme, host and port of an endpoint: what lanes share that go to the same server.
CREATE FUNCTION endpoint_origin(endpoint text) RETURNS text IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
    SELECT regexp_replace(
        regexp_replace(lower(coalesce(substring(endpoint FROM '^[A-Za-z]+://[^/?#]+'), '')), '^(https://.*):443$', '\1'),
        '^(http://.*):80$', '\1'
    )
$$;

ALTER TABLE subscription ADD COLUMN origin text COLLATE "C" GENERATED ALWAYS AS (endpoint_origin(endpoint)) STORED;

-- A ready lane is found by whose turn it is: client, origin, and the time it is due. Copies of what subscription and lane
-- say; the courier's queries begin here and never look at lanes that have nothing to do (D-40).
ALTER TABLE lane_ready
    ADD COLUMN channel text,
    ADD COLUMN client text COLLATE "C",
    ADD COLUMN origin text COLLATE "C",
    ADD COLUMN due_at timestamptz;

UPDATE lane_ready r SET channel = l.channel, client = s.client, origin = s.origin, due_at = l.next_attempt_at
FROM lane l JOIN subscription s ON s.id = l.subscription_id WHERE l.subscription_id = r.subscription_id;

CREATE INDEX lane_ready_turn ON lane_ready (channel, client, origin, due_at);

CREATE FUNCTION describe_ready_lane() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT l.channel, s.client, s.origin, coalesce(NEW.due_at, l.next_attempt_at)
        INTO NEW.channel, NEW.client, NEW.origin, NEW.due_at
        FROM lane l JOIN subscription s ON s.id = l.subscription_id WHERE l.subscription_id = NEW.subscription_id;
    RETURN NEW;
END
$$;
CREATE TRIGGER describe_ready_lane BEFORE INSERT ON lane_ready
    FOR EACH ROW WHEN (NEW.origin IS NULL) EXECUTE FUNCTION describe_ready_lane();

-- Feeds run by the clock and not by turns; the row of a feed's lane stays untouched, or its courier, which holds that row
-- when it waits for the router's head, and the router, which waits for the row, would wait for each other.
CREATE FUNCTION move_ready_lane() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE lane_ready SET due_at = NEW.next_attempt_at WHERE subscription_id = NEW.subscription_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER move_ready_lane AFTER UPDATE OF next_attempt_at ON lane FOR EACH ROW
    WHEN (OLD.next_attempt_at IS DISTINCT FROM NEW.next_attempt_at AND NEW.channel <> 'feed')
    EXECUTE FUNCTION move_ready_lane();

CREATE FUNCTION redirect_ready_lane() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE lane_ready SET client = NEW.client, origin = NEW.origin WHERE subscription_id = NEW.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER redirect_ready_lane AFTER UPDATE OF client, endpoint ON subscription FOR EACH ROW
    WHEN (OLD.client IS DISTINCT FROM NEW.client OR OLD.endpoint IS DISTINCT FROM NEW.endpoint)
    EXECUTE FUNCTION redirect_ready_lane();

-- Circuit breakers of origins, one row for each that has ever opened or been forced (delivery.md §6). Couriers keep their own
-- state; this is where they find that of others, of their own last run, and what operators want.
CREATE TABLE origin_breaker (
    origin     text COLLATE "C" PRIMARY KEY,
    state      text NOT NULL DEFAULT 'closed' CHECK (state IN ('closed', 'open', 'half-open')),
    trips      integer NOT NULL DEFAULT 0,
    probe_at   timestamptz,
    forced     text CHECK (forced IN ('open', 'closed')),
    forced_by  text,
    reason     text,
    changed_at timestamptz NOT NULL DEFAULT now()
);
