-- Subscriptions as FHIR resources: what a client says of one beyond what routing needs, and how one lives.
ALTER TABLE subscription
    ADD COLUMN payload      text NOT NULL DEFAULT 'application/fhir+json', -- MIME type of a notification, sent as it is
    ADD COLUMN headers      bytea,                    -- channel.header, a line each; secrets
    ADD COLUMN heartbeat    integer,                  -- seconds
    ADD COLUMN end_at       timestamptz,
    ADD COLUMN release      text NOT NULL DEFAULT 'r4', -- the base it was made on: r4, r4b
    ADD COLUMN topic        text,                     -- canonical; null for the hub's own
    ADD COLUMN status_text  text,                     -- Subscription.error
    ADD COLUMN contact      text[] NOT NULL DEFAULT '{}',
    ADD COLUMN version      integer NOT NULL DEFAULT 1,
    ADD COLUMN updated_at   timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN stated       text,                     -- the resource as its client sent it, without the values of headers
    ADD COLUMN activated_at timestamptz,              -- when it was active first; null until its first handshake
    ADD COLUMN off_by       text CHECK (off_by IN ('client', 'end', 'server')),
    ADD COLUMN off_at       timestamptz,
    ADD COLUMN deleted_at   timestamptz;
UPDATE subscription SET activated_at = created_at, updated_at = created_at WHERE status <> 'requested';

-- Whether matching events are recorded and numbered (`fhir-subscriptions.md` §5): not before the first activation, nor while
-- off, unless the server switched it off; 14 days later that becomes the client's.
ALTER TABLE subscription ADD COLUMN recording boolean NOT NULL GENERATED ALWAYS AS (
    deleted_at IS NULL AND CASE status
        WHEN 'active' THEN true
        WHEN 'off' THEN coalesce(off_by = 'server', false)
        ELSE activated_at IS NOT NULL
    END
) STORED;
CREATE INDEX subscription_client ON subscription (client, id) WHERE deleted_at IS NULL;
CREATE INDEX subscription_end ON subscription (end_at) WHERE end_at IS NOT NULL AND status <> 'off';
CREATE INDEX subscription_off ON subscription (off_at) WHERE off_by = 'server';

-- The named patients' copy follows what is recorded.
DROP TRIGGER file_changed_patients ON subscription;
CREATE OR REPLACE FUNCTION file_named_patients() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        DELETE FROM subscription_patient p USING jsonb_array_elements_text(OLD.filter -> 'patients') n
        WHERE p.nhs_number = n::bigint AND p.subscription_id = OLD.id;
    END IF;
    IF NEW.recording THEN
        INSERT INTO subscription_patient (nhs_number, subscription_id, audience, rest)
        SELECT DISTINCT n::bigint, NEW.id, NEW.audience, nullif(NEW.filter - 'patients', '{}')::text
        FROM jsonb_array_elements_text(NEW.filter -> 'patients') n;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER file_changed_patients AFTER UPDATE OF recording, filter, audience ON subscription
    FOR EACH ROW WHEN (
        (OLD.filter ? 'patients' OR NEW.filter ? 'patients')
        AND (OLD.filter, OLD.audience, OLD.recording) IS DISTINCT FROM (NEW.filter, NEW.audience, NEW.recording)
    ) EXECUTE FUNCTION file_named_patients();

-- For the dry run of a filter: the events of a day.
CREATE INDEX event_routed ON event USING brin (routed_at);
