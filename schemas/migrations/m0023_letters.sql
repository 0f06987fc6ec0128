-- Letters: messages that leave by mailbox, complete before their first attempt (mesh.md M-10), and what comes back.

CREATE TABLE letter (
    id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key              text COLLATE "C" NOT NULL,     -- what it tells of: lanes with the same key share it
    part             smallint NOT NULL,             -- of several letters of one key, in their order
    subscription_id  uuid NOT NULL REFERENCES subscription, -- of the lane that kept it
    number           bigint NOT NULL,
    record_id        uuid NOT NULL,
    local_id         text COLLATE "C" UNIQUE,       -- NULL where nothing is sent
    recipient        text COLLATE "C",              -- mailbox
    workflow         text COLLATE "C",
    file_name        text,
    content_type     text,
    partner_id       text,
    wrapping_key     text,                          -- subject and body are encrypted
    wrapped_key      bytea,
    sealed           bytea,
    state            text NOT NULL,                 -- waiting, accepted, undelivered; none: nothing is sent
    reason           text,                          -- why nothing is sent, or what went wrong last; nothing personal
    attempts         integer NOT NULL DEFAULT 0,
    first_failure_at timestamptz,
    message_id       text COLLATE "C",              -- of the office
    duplicates       integer NOT NULL DEFAULT 0,    -- copies the receiver got beyond the first
    kept_at          timestamptz NOT NULL DEFAULT now(),
    accepted_at      timestamptz,
    reported_at      timestamptz,                   -- when the office said that it did not arrive
    report_code      text,
    UNIQUE (key, part)
);
CREATE INDEX letter_waiting ON letter (kept_at) WHERE state = 'waiting';
CREATE INDEX letter_message ON letter (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX letter_lane ON letter (subscription_id, number);
CREATE INDEX letter_record ON letter (record_id);

-- Messages of other workflows than feeds, kept before they are acknowledged; read by whoever their workflow belongs to.
CREATE TABLE incoming_letter (
    mailbox      text COLLATE "C" NOT NULL,
    id           text COLLATE "C" NOT NULL,         -- of the office
    sender       text COLLATE "C",                  -- mailbox it comes from
    workflow     text COLLATE "C" NOT NULL,
    local_id     text COLLATE "C",
    file_name    text,
    content_type text,
    wrapping_key text NOT NULL,
    wrapped_key  bytea NOT NULL,
    sealed       bytea NOT NULL,
    received_at  timestamptz NOT NULL DEFAULT now(),
    settled_at   timestamptz,                       -- NULL while nobody has read it
    outcome      text,                              -- what it came to, in a word or two; nothing personal
    PRIMARY KEY (mailbox, id)
);
CREATE INDEX incoming_letter_unread ON incoming_letter (workflow, received_at) WHERE settled_at IS NULL;

-- Letters that did not arrive are sent once more, under a local id with .r1 (gp-digital-medicine.md G-33).
ALTER TABLE letter
    ADD COLUMN resends         smallint NOT NULL DEFAULT 0,
    ADD COLUMN next_attempt_at timestamptz NOT NULL DEFAULT now();  -- of a letter that is sent again
CREATE INDEX letter_resend ON letter (next_attempt_at) WHERE state = 'waiting' AND resends > 0;

-- Documents that practices get, chains by record and practice (gp-digital-medicine.md G-20).
CREATE TABLE gp_document (
    composition   uuid PRIMARY KEY,                 -- Composition.identifier
    message_id    uuid NOT NULL UNIQUE,             -- MessageHeader.id, which answers name
    local_id      text COLLATE "C" NOT NULL UNIQUE, -- of its letter, when it was first sent
    key           text COLLATE "C" NOT NULL,        -- of its letter
    part          smallint NOT NULL,
    record_id     uuid NOT NULL,
    practice      text COLLATE "C" NOT NULL,
    version       integer NOT NULL,
    is_withdrawal boolean NOT NULL,
    nhs_number    bigint NOT NULL,                  -- of the record it was made of
    replaces      uuid,                             -- the document before it
    refused_at    timestamptz,                      -- when the practice refused it; the chain goes on without it
    composed_at   timestamptz NOT NULL DEFAULT now(),
    UNIQUE (key, part)
);
CREATE INDEX gp_document_chain ON gp_document (record_id, practice, version);

-- Mailboxes of practices as MESH told them, good for a day (G-41).
CREATE TABLE practice_mailbox (
    ods_code     text COLLATE "C" NOT NULL,
    workflow     text COLLATE "C" NOT NULL,
    mailbox      text COLLATE "C" NOT NULL,
    looked_up_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (ods_code, workflow)
);
