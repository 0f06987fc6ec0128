-- Uploads, their content, and how far each has been applied.

CREATE TABLE feed (
    id           uuid PRIMARY KEY,           -- the file's message id
    name         text NOT NULL,              -- as received, case kept
    vaccine_type text COLLATE "C",
    ods_code     text COLLATE "C",
    supplier     text COLLATE "C",
    status       text NOT NULL,
    reason       text,                       -- why a file failed, in words for the sender
    encoding     text,
    received_at  timestamptz NOT NULL DEFAULT now(), -- of the last byte, once it is there
    client       text NOT NULL,
    bytes        bigint NOT NULL DEFAULT 0,
    sha256       bytea,
    writers      smallint NOT NULL DEFAULT 2,
    total_rows   bigint,
    started_at   timestamptz,
    finished_at  timestamptz,
    lease_owner  uuid,
    lease_epoch  bigint NOT NULL DEFAULT 0,
    lease_until  timestamptz
);
-- A file's name counts once, while it waits, is applied or was applied (csv-feed §9). Longer names than 255 bytes are refused.
CREATE UNIQUE INDEX feed_name ON feed (name) WHERE status IN ('Queued', 'Processing', 'Preprocessed', 'Processed');
CREATE INDEX feed_received ON feed (received_at DESC, id);
CREATE INDEX feed_open ON feed (received_at) WHERE status IN ('Receiving', 'Queued', 'Processing');

CREATE TABLE feed_chunk (
    feed_id uuid NOT NULL REFERENCES feed,
    chunk   integer NOT NULL,
    start   bigint NOT NULL,                 -- offset of the chunk's first byte in the file
    bytes   bytea NOT NULL,
    PRIMARY KEY (feed_id, chunk)
);
ALTER TABLE feed_chunk ALTER COLUMN bytes SET COMPRESSION lz4;

-- One row a writer: its rows up to row_number are applied, in the same transaction that says so.
CREATE TABLE feed_checkpoint (
    feed_id     uuid NOT NULL REFERENCES feed,
    writer      smallint NOT NULL,
    row_number  bigint NOT NULL DEFAULT 0,
    byte_offset bigint NOT NULL DEFAULT 0,
    created     bigint NOT NULL DEFAULT 0,
    updated     bigint NOT NULL DEFAULT 0,
    reinstated  bigint NOT NULL DEFAULT 0,
    deleted     bigint NOT NULL DEFAULT 0,
    rejected    bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (feed_id, writer)
);

-- Rows that were rejected, with everything found. Accepted rows stand in immunization_version.
CREATE TABLE feed_row (
    feed_id       uuid NOT NULL REFERENCES feed,
    row_number    bigint NOT NULL,
    unique_id_uri text,
    unique_id     text,
    findings      jsonb NOT NULL,
    PRIMARY KEY (feed_id, row_number)
);
