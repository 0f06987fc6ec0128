-- The event log's own state: which log it is, what was published, what is missing, what was set aside.

-- The one log of this installation; every process compares it with its settings, so that no two write and read past each other.
CREATE TABLE event_log (
    singleton  boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    topic      text COLLATE "C",             -- NULL: the embedded log
    partitions integer,                      -- fixed for ever: another number breaks the order per record
    since      timestamptz NOT NULL DEFAULT now(),
    CHECK ((topic IS NULL) = (partitions IS NULL))
);

-- The mark of the last message before next_offset: when the log holds another one there, it is not the same log any more.
ALTER TABLE consumer_offset ADD COLUMN mark uuid;

-- How far the brokers have acknowledged. A log that ends before this has lost events.
CREATE TABLE published_offset (
    topic       text COLLATE "C" NOT NULL,
    partition   integer NOT NULL,
    next_offset bigint NOT NULL,
    PRIMARY KEY (topic, partition)
);

-- Partitions that no longer hold what has to be read next (D-91); reading stops until herald replay has mended them.
CREATE TABLE log_gap (
    topic       text COLLATE "C" NOT NULL,
    partition   integer NOT NULL,
    reason      text NOT NULL,               -- trimmed, truncated, replaced
    next_offset bigint NOT NULL,             -- what had to be read
    low         bigint NOT NULL,             -- what the log held when it was noticed: from low,
    high        bigint NOT NULL,             -- to before high
    resume_at   bigint NOT NULL,             -- where reading goes on once it is mended
    noticed_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (topic, partition)
);

-- Changes that the brokers refuse for good, and the later ones of the same records (D-86).
CREATE TABLE outbox_dead (
    id        bigint PRIMARY KEY,            -- of the outbox row
    shard     smallint NOT NULL,
    record_id uuid NOT NULL,
    change    integer NOT NULL,
    error     text NOT NULL,
    set_aside timestamptz NOT NULL DEFAULT now()
);

-- A message's headers, without which it cannot be read again once what was wrong is mended.
ALTER TABLE event_dead ADD COLUMN header_names text[] NOT NULL DEFAULT '{}',
    ADD COLUMN header_values bytea[] NOT NULL DEFAULT '{}',
    ADD COLUMN mark uuid NOT NULL DEFAULT gen_random_uuid(),
    DROP CONSTRAINT event_dead_topic_partition_log_offset_key;
-- A topic that was made anew has other messages at the same offsets.
CREATE UNIQUE INDEX event_dead_message ON event_dead (topic, partition, log_offset, mark);

-- What operators did to the log, for ever.
CREATE TABLE event_log_operation (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at        timestamptz NOT NULL DEFAULT now(),
    operator  text NOT NULL,
    operation text NOT NULL,                 -- replay, retry, switch
    detail    text NOT NULL,
    changes   bigint NOT NULL
);

-- Replaying a time range reads that range only; the table grows in the order of time, so this index is tiny.
CREATE INDEX immunization_version_committed ON immunization_version USING brin (committed_at) WITH (autosummarize = on);
