-- Records, their versions and the outbox. The write path is one transaction a batch: probe the ids, COPY the rest.
-- Each JSON is kept once, in immunization_version; the current state and the outbox refer to it by (id, change).

CREATE TABLE immunization (
    id             uuid PRIMARY KEY,        -- 128 bits of SHA-256 over the record's identifier: the key is the uniqueness rule
    unique_id_uri  text COLLATE "C" NOT NULL,
    unique_id      text COLLATE "C" NOT NULL,
    nhs_number     bigint,                  -- ten digits as a number; NULL where the site did not know it
    vaccine_type   text COLLATE "C" NOT NULL,
    occurrence     timestamptz NOT NULL,
    performer      text COLLATE "C" NOT NULL, -- ODS code of the performing organisation
    supplier       text COLLATE "C" NOT NULL, -- supplier of the last accepted action
    version        integer NOT NULL,        -- FHIR version: create, update and reinstatement count, a removal does not
    change         integer NOT NULL,        -- counts every accepted action, removals too: the order of the record's events
    content_change integer NOT NULL,        -- the change whose row holds the current content
    deleted        boolean NOT NULL,
    updated_at     timestamptz NOT NULL
);
CREATE INDEX immunization_patient ON immunization (nhs_number, occurrence DESC) WHERE nhs_number IS NOT NULL AND NOT deleted;

CREATE TABLE immunization_version (
    immunization_id uuid NOT NULL,
    change          integer NOT NULL,
    version         integer NOT NULL,
    kind            smallint NOT NULL,       -- 1 recorded, 2 corrected, 3 removed
    content_change  integer NOT NULL,        -- the change that holds the content: its own, or for a removal the last one before
    resource        bytea,                   -- FHIR R4 Immunization as UTF-8 JSON; NULL for a removal
    nhs_number      bigint,
    vaccine_type    text COLLATE "C" NOT NULL,
    performer       text COLLATE "C" NOT NULL,
    supplier        text COLLATE "C" NOT NULL,
    committed_at    timestamptz NOT NULL,
    feed_id         uuid,
    row_number      bigint,
    PRIMARY KEY (immunization_id, change)
);
ALTER TABLE immunization_version ALTER COLUMN resource SET COMPRESSION lz4;

-- Which change still has to be published. Rows are deleted, never marked (D-85).
CREATE TABLE outbox (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    shard     smallint NOT NULL,             -- low six bits of the record id: fixed for ever (D-81)
    record_id uuid NOT NULL,
    change    integer NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

CREATE TABLE outbox_shard (
    shard       smallint PRIMARY KEY,
    owner       uuid,
    epoch       bigint NOT NULL DEFAULT 0,
    lease_until timestamptz
);
INSERT INTO outbox_shard (shard) SELECT generate_series(0, 63);

-- Who takes part in sharing out the shards; rows older than a lease are gone.
CREATE TABLE outbox_member (
    owner   uuid PRIMARY KEY,
    seen_at timestamptz NOT NULL
);
