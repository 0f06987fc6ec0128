-- What else operators register of an API client (auth.md §8).

ALTER TABLE api_client
    ADD COLUMN permissions             text[],                                        -- TYPE.letters; NULL: its suppliers' rows
    ADD COLUMN grants                  text[] NOT NULL DEFAULT '{client_credentials}',
    ADD COLUMN key_set                 text,                                          -- a JWK set with public keys
    ADD COLUMN key_set_url             text,                                          -- or where the client publishes it
    ADD COLUMN idp_client_ids          text[] NOT NULL DEFAULT '{}',                  -- aud of id tokens it may exchange
    ADD COLUMN minimum_proofing        text NOT NULL DEFAULT 'P9',
    ADD COLUMN requests_per_second     integer,                                       -- NULL: what the hub allows everybody
    ADD COLUMN burst                   integer,
    ADD COLUMN certificate_thumbprints text[] NOT NULL DEFAULT '{}',                  -- x5t#S256
    ADD COLUMN unredacted              boolean NOT NULL DEFAULT false,
    ADD COLUMN ods_codes               text[] NOT NULL DEFAULT '{}',
    ADD CONSTRAINT api_client_one_key_source CHECK (key_set IS NULL OR key_set_url IS NULL),
    ADD CONSTRAINT api_client_whole_rate CHECK ((requests_per_second IS NULL) = (burst IS NULL));

-- The audit trail (auth.md §13). Nothing in it is ever changed; rows leave it by whole sealed days only.

CREATE TABLE audit_record (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id    uuid NOT NULL UNIQUE,
    recorded    timestamptz NOT NULL,          -- whole milliseconds
    patient     bigint,                        -- ten digits as a number; whose records were asked for
    client      text COLLATE "C",
    interaction text NOT NULL,
    outcome     smallint NOT NULL,             -- 0, 4, 8, 12
    status      smallint,                      -- HTTP
    entities    text[] NOT NULL,               -- Type/id of what was returned or changed
    details     text NOT NULL                  -- JSON, as it is hashed
);
ALTER TABLE audit_record ALTER COLUMN details SET COMPRESSION lz4;
CREATE INDEX audit_record_patient ON audit_record (patient, recorded) WHERE patient IS NOT NULL;
CREATE INDEX audit_record_client ON audit_record (client, recorded);
CREATE INDEX audit_record_recorded ON audit_record (recorded, id);
CREATE INDEX audit_record_entities ON audit_record USING gin (entities);

-- Which records still have to be sealed; the row is made with the record and deleted with its seal.
CREATE TABLE audit_unsealed (
    id bigint PRIMARY KEY
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

-- The hash chain: each seal is SHA-256 over the seal before it and the record. Numbers have no gap.
CREATE TABLE audit_seal (
    number    bigint PRIMARY KEY,
    record_id bigint NOT NULL UNIQUE,
    seal      bytea NOT NULL
);

-- Where the chain begins and ends. One row. What it begins with is the last seal that retention took away.
CREATE TABLE audit_chain (
    singleton     boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    first_number  bigint NOT NULL DEFAULT 1,
    anchor        bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex'),
    last_number   bigint NOT NULL DEFAULT 0,
    last_seal     bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex')
);
INSERT INTO audit_chain DEFAULT VALUES;

-- Nobody changes or removes a record or a seal by mistake, and not without leaving traces: whoever owns the tables can
-- switch this off, and then the chain tells. Retention deletes what stands before the chain's first number.
CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'audit_seal' THEN
        IF OLD.number < (SELECT first_number FROM audit_chain) THEN RETURN OLD; END IF;
    ELSIF TG_OP = 'DELETE' THEN
        IF EXISTS (SELECT FROM audit_seal s, audit_chain c WHERE s.record_id = OLD.id AND s.number < c.first_number) THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER audit_record_append_only BEFORE UPDATE OR DELETE ON audit_record
    FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_record_no_truncate BEFORE TRUNCATE ON audit_record EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_seal_append_only BEFORE UPDATE OR DELETE ON audit_seal
    FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_seal_no_truncate BEFORE TRUNCATE ON audit_seal EXECUTE FUNCTION audit_is_append_only();
