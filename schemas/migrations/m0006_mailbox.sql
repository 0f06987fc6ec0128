-- Mailboxes: who empties them, whose files come through them, what came in, which acknowledgements go out.

CREATE TABLE mailbox (
    name          text COLLATE "C" PRIMARY KEY,
    lease_owner   uuid,                      -- one process empties a mailbox (M-20)
    lease_until   timestamptz,
    seen_at       timestamptz,               -- when it was last emptied
    waiting       integer,                   -- messages left in it then, about
    trouble       text,                      -- why it cannot be used now, in words for an operator; NULL when it can
    trouble_since timestamptz
);

-- For whom a mailbox sends: the suppliers of this API client. Files from other mailboxes are not taken.
CREATE TABLE mailbox_sender (
    mailbox    text COLLATE "C" PRIMARY KEY,
    client     text COLLATE "C" NOT NULL REFERENCES api_client ON DELETE CASCADE,
    updated_at timestamptz NOT NULL DEFAULT now(),
    updated_by text NOT NULL
);

-- Messages that came in, known by their ids: one that comes again after a crash is recognised (M-13).
CREATE TABLE mailbox_message (
    mailbox    text COLLATE "C" NOT NULL,
    id         text COLLATE "C" NOT NULL,
    state      text NOT NULL,                -- arriving, kept, reported, left, quarantined
    feed_id    uuid,
    sender     text COLLATE "C",
    workflow   text COLLATE "C" NOT NULL,
    local_id   text,
    file_name  text,
    reason     text,                         -- why it is left or was set aside; what a report says
    first_seen timestamptz NOT NULL DEFAULT now(),
    settled_at timestamptz,
    content    bytea,                        -- of a quarantined message
    PRIMARY KEY (mailbox, id)
);
CREATE INDEX mailbox_message_feed ON mailbox_message (feed_id) WHERE feed_id IS NOT NULL;
CREATE INDEX mailbox_message_aside ON mailbox_message (mailbox, first_seen) WHERE state IN ('left', 'quarantined');

-- Acknowledgement files on their way to the sender's mailbox.
CREATE TABLE mailbox_letter (
    local_id         text COLLATE "C" PRIMARY KEY, -- chosen before the first attempt, the same in every one (M-10)
    mailbox          text COLLATE "C" NOT NULL,
    recipient        text COLLATE "C" NOT NULL,
    workflow         text COLLATE "C" NOT NULL,
    feed_id          uuid NOT NULL REFERENCES feed,
    kind             smallint NOT NULL,      -- 1 InfAck, 2 BusAck as CSV, 3 BusAck as JSON: also their order
    state            text NOT NULL DEFAULT 'waiting', -- waiting, sent, none, parked, undelivered
    attempts         integer NOT NULL DEFAULT 0,
    first_failure_at timestamptz,
    next_attempt_at  timestamptz NOT NULL DEFAULT now(),
    message_id       text COLLATE "C",
    duplicates       integer NOT NULL DEFAULT 0, -- copies the receiver got beyond the first
    sent_at          timestamptz,
    trouble          text,
    UNIQUE (feed_id, kind)
);
CREATE INDEX mailbox_letter_waiting ON mailbox_letter (mailbox, next_attempt_at) WHERE state = 'waiting';
CREATE INDEX mailbox_letter_message ON mailbox_letter (message_id) WHERE message_id IS NOT NULL;
