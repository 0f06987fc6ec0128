-- Matching finds who names a patient in one row of one table: the row has all that is needed to decide, and is there only
-- while its subscription takes part in routing.
ALTER TABLE subscription_patient
    ADD COLUMN audience text COLLATE "C" NOT NULL DEFAULT 'subscriber',
    ADD COLUMN rest text COLLATE "C";        -- what the filter asks beside the patients, as JSON; null for nothing
TRUNCATE subscription_patient;
INSERT INTO subscription_patient (nhs_number, subscription_id, audience, rest)
SELECT DISTINCT n::bigint, s.id, s.audience, nullif(s.filter - 'patients', '{}')::text
FROM subscription s, jsonb_array_elements_text(s.filter -> 'patients') n
WHERE s.status IN ('active', 'error');

-- A copy that the database itself keeps in step, whoever writes a subscription.
CREATE FUNCTION file_named_patients() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        DELETE FROM subscription_patient p USING jsonb_array_elements_text(OLD.filter -> 'patients') n
        WHERE p.nhs_number = n::bigint AND p.subscription_id = OLD.id;
    END IF;
    IF NEW.status IN ('active', 'error') THEN
        INSERT INTO subscription_patient (nhs_number, subscription_id, audience, rest)
        SELECT DISTINCT n::bigint, NEW.id, NEW.audience, nullif(NEW.filter - 'patients', '{}')::text
        FROM jsonb_array_elements_text(NEW.filter -> 'patients') n;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER file_new_patients AFTER INSERT ON subscription
    FOR EACH ROW WHEN (NEW.filter ? 'patients') EXECUTE FUNCTION file_named_patients();
CREATE TRIGGER file_changed_patients AFTER UPDATE OF status, filter, audience ON subscription
    FOR EACH ROW WHEN (
        (OLD.filter ? 'patients' OR NEW.filter ? 'patients')
        AND (OLD.filter, OLD.audience, OLD.status IN ('active', 'error'))
            IS DISTINCT FROM (NEW.filter, NEW.audience, NEW.status IN ('active', 'error'))
    ) EXECUTE FUNCTION file_named_patients();

-- Patients for whom the outside directory gave no answer, so that their events wait; gone once it answers.
CREATE TABLE directory_question (
    nhs_number bigint PRIMARY KEY,
    since      timestamptz NOT NULL DEFAULT now(),
    tried_at   timestamptz NOT NULL DEFAULT now(),
    tries      integer NOT NULL DEFAULT 1,
    reason     text NOT NULL,
    -- What an operator says in the directory's place.
    settled_at timestamptz,
    settled_by text,
    practice   text COLLATE "C",
    restricted boolean NOT NULL DEFAULT false
);
CREATE INDEX directory_question_since ON directory_question (since) WHERE settled_at IS NULL;
