-- How far documents have come with their practices, and what these answered (gp-digital-medicine.md §§9, 12).

ALTER TABLE gp_document
    ADD COLUMN state       text NOT NULL DEFAULT 'composed', -- composed, accepted, received, filed, refused
    ADD COLUMN refusal     text,                             -- code of the answer that refused it, which is final
    ADD COLUMN answered_at timestamptz;                      -- of the last answer that said something new
CREATE INDEX gp_document_open ON gp_document (composed_at) WHERE state <> 'filed';

-- Answers, one line for each message that came in, also those that came twice, too late or from elsewhere.
CREATE TABLE gp_answer (
    mailbox     text COLLATE "C" NOT NULL,
    id          text COLLATE "C" NOT NULL,    -- of the office
    message_id  uuid,                         -- MessageHeader.id that is answered; NULL where none can be told
    composition uuid,                         -- of the document; NULL where it is none of ours
    code        text,
    verdict     text NOT NULL,
    outcome     text NOT NULL,                -- what it came to
    received_at timestamptz NOT NULL,
    PRIMARY KEY (mailbox, id)
);
CREATE INDEX gp_answer_document ON gp_answer (composition) WHERE composition IS NOT NULL;
