-- The feed to the National Immunisation Service: runs as they are sent, answered, asked for again (`nis-feed.md`).

ALTER TABLE feed_run
    ADD COLUMN kind text NOT NULL DEFAULT 'delta' CHECK (kind IN ('delta', 'full')),
    ADD COLUMN mailbox text COLLATE "C",                -- where it goes; NULL for a folder
    ADD COLUMN sent_at timestamptz,                     -- when the last of its files was accepted
    ADD COLUMN removed_at timestamptz;                  -- when its files were deleted (§8)
UPDATE feed_run SET sent_at = written_at;

-- Files of a run, on file before the first of them is sent (N-20); the manifest is the last.
CREATE TABLE feed_file (
    subscription_id uuid NOT NULL,
    sequence        bigint NOT NULL,
    position        integer NOT NULL,
    name            text COLLATE "C" NOT NULL,
    vaccine_type    text COLLATE "C",                   -- NULL for the manifest
    part            integer,
    row_count       integer NOT NULL,
    bytes           bigint NOT NULL,
    sha256          text NOT NULL,
    answer          text CHECK (answer IN ('received', 'refused')), -- what its InfAck says
    answered_at     timestamptz,
    failed_rows     integer,                            -- what its BusAck says
    PRIMARY KEY (subscription_id, sequence, position),
    FOREIGN KEY (subscription_id, sequence) REFERENCES feed_run ON DELETE CASCADE
);
CREATE INDEX feed_file_name ON feed_file (name);

-- One MESH message, or one file in the folder: round 0 is the first time, the others are re-sends (N-30).
CREATE TABLE feed_message (
    local_id        text COLLATE "C" PRIMARY KEY,       -- chosen before the first attempt, the same in every one (M-10)
    subscription_id uuid NOT NULL,
    sequence        bigint NOT NULL,
    round           integer NOT NULL,
    position        integer NOT NULL,
    state           text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'accepted', 'undelivered')),
    attempts        integer NOT NULL DEFAULT 0,
    message_id      text COLLATE "C",
    duplicates      integer NOT NULL DEFAULT 0,         -- copies the receiver got beyond the first
    accepted_at     timestamptz,
    trouble         text,
    UNIQUE (subscription_id, sequence, round, position),
    FOREIGN KEY (subscription_id, sequence, position) REFERENCES feed_file ON DELETE CASCADE
);
CREATE INDEX feed_message_waiting ON feed_message (subscription_id, sequence, round, position) WHERE state = 'waiting';
CREATE INDEX feed_message_id ON feed_message (message_id) WHERE message_id IS NOT NULL;

-- Where a feed stands between its runs.
CREATE TABLE feed_state (
    subscription_id uuid PRIMARY KEY,
    next_run_at     timestamptz NOT NULL DEFAULT '-infinity',
    next_send_at    timestamptz NOT NULL DEFAULT '-infinity',
    failures        integer NOT NULL DEFAULT 0,         -- in a row, of sending
    trouble         text,                               -- why sending fails now
    last_number     bigint NOT NULL DEFAULT 0,          -- run numbers up to this one are taken, whatever feed_run says (N-34)
    noted_number    bigint,                             -- the highest one noted outside, where that is higher
    full_by         text,                               -- who asks for a full extract
    full_reason     text,
    stop            text CHECK (stop IN ('refused', 'uncollected', 'restored', 'defect', 'operator')),
    stop_detail     text,
    stopped_at      timestamptz
);

-- Events whose rows are held back, for a mandatory column is empty (N-05).
CREATE TABLE feed_held (
    subscription_id uuid NOT NULL,
    number          bigint NOT NULL,
    record_id       uuid NOT NULL,
    sequence        bigint NOT NULL,
    columns         text[] NOT NULL,
    held_at         timestamptz NOT NULL DEFAULT now(),
    released_in     bigint,                             -- the run with a later row of the record
    PRIMARY KEY (subscription_id, sequence, record_id, number)
);
CREATE INDEX feed_held_record ON feed_held (subscription_id, record_id) WHERE released_in IS NULL;

-- Rows that the consumer could not take, as its BusAck tells (§6).
CREATE TABLE feed_row_failure (
    subscription_id uuid NOT NULL,
    sequence        bigint NOT NULL,
    position        integer NOT NULL,
    row_number      bigint NOT NULL,
    record_id       uuid,
    outcome         text NOT NULL,
    told_at         timestamptz NOT NULL DEFAULT now(),
    repeated_in     bigint,                             -- the run that has the row again
    PRIMARY KEY (subscription_id, sequence, position, row_number)
);
