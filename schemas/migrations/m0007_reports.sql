-- What each row of a feed came to, for the report; and uploads that a client may send again.

-- Accepted rows: a row here a batch, written with the batch and read in file order. Rows as arrays, because five million
-- of them need neither an index entry nor a tuple header each.
CREATE TABLE feed_outcome (
    feed_id        uuid NOT NULL REFERENCES feed,
    writer         smallint NOT NULL,
    last_row       bigint NOT NULL,          -- the greatest of row_numbers
    row_numbers    bigint[] NOT NULL,        -- ascending
    outcomes       smallint[] NOT NULL,      -- 1 created, 2 updated, 3 reinstated, 4 deleted
    versions       integer[] NOT NULL,       -- of the record, after the row
    record_ids     uuid[] NOT NULL,
    unique_id_uris text[] NOT NULL,
    unique_ids     text[] NOT NULL,
    PRIMARY KEY (feed_id, writer, last_row)
);
ALTER TABLE feed_outcome
    ALTER COLUMN row_numbers SET COMPRESSION lz4, ALTER COLUMN outcomes SET COMPRESSION lz4,
    ALTER COLUMN versions SET COMPRESSION lz4, ALTER COLUMN record_ids SET COMPRESSION lz4,
    ALTER COLUMN unique_id_uris SET COMPRESSION lz4, ALTER COLUMN unique_ids SET COMPRESSION lz4;

-- Accepted rows with warnings have their findings here too.
ALTER TABLE feed_row ADD COLUMN rejected boolean NOT NULL DEFAULT true;
ALTER TABLE feed_checkpoint ADD COLUMN warned bigint NOT NULL DEFAULT 0;

-- Whether the checks of the file were passed, which the InfAck says (csv-feed §8.1).
ALTER TABLE feed ADD COLUMN is_accepted boolean NOT NULL DEFAULT false;
UPDATE feed SET is_accepted = true WHERE status IN ('Queued', 'Processing', 'Preprocessed', 'Processed');

-- The client's own name for an upload: sending it again gives the same feed.
ALTER TABLE feed ADD COLUMN idempotency_key text;
CREATE UNIQUE INDEX feed_idempotency_key ON feed (client, idempotency_key) WHERE idempotency_key IS NOT NULL;

-- Files that are passed on unchanged (csv-feed §11): a name counts once among them too.
CREATE UNIQUE INDEX feed_forwarded_name ON feed (name) WHERE status IN ('Forwarding', 'Forwarded');
CREATE INDEX feed_forwarding ON feed (received_at) WHERE status = 'Forwarding';
