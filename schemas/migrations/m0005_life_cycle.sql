-- What operators do with feeds and queues, and the record of it.

ALTER TABLE feed
    ADD COLUMN halted_row        bigint,                      -- where an unexpected error stopped it
    ADD COLUMN given_up_rows     bigint[] NOT NULL DEFAULT '{}'; -- rows an operator gave up, rejected as INTERNAL

-- A file that is paused or halted holds its name too; one that was cancelled gives it up.
DROP INDEX feed_name;
CREATE UNIQUE INDEX feed_name ON feed (name)
    WHERE status IN ('Queued', 'Processing', 'Paused', 'Halted', 'Preprocessed', 'Processed');
DROP INDEX feed_open;
CREATE INDEX feed_open ON feed (received_at) WHERE status IN ('Receiving', 'Queued', 'Processing', 'Paused', 'Halted');
CREATE INDEX feed_queue_open ON feed (supplier, vaccine_type) WHERE status IN ('Queued', 'Processing', 'Paused', 'Halted');

-- Claims below this number may apply nothing any more: the feed was paused, cancelled or halted since.
ALTER TABLE feed_checkpoint ADD COLUMN fence bigint NOT NULL DEFAULT 0;

-- Queues that are paused; a queue without a row runs.
CREATE TABLE feed_queue (
    supplier     text COLLATE "C" NOT NULL,
    vaccine_type text COLLATE "C" NOT NULL,
    paused_at    timestamptz NOT NULL DEFAULT now(),
    paused_by    text NOT NULL,
    reason       text,
    PRIMARY KEY (supplier, vaccine_type)
);

-- The audit record of each file (csv-feed §9).
CREATE TABLE feed_event (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    feed_id uuid NOT NULL REFERENCES feed,
    at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    kind    text NOT NULL,
    actor   text NOT NULL,                   -- client, operator or worker
    detail  text
);
CREATE INDEX feed_event_feed ON feed_event (feed_id, id);
