-- Records that no practice can be told of (gp-digital-medicine.md §10): the patient has none, or is not traced. One row a
-- record, for its newest change; who has the record is asked for in subscription_event.

CREATE TABLE gp_waiting (
    record_id  uuid PRIMARY KEY,
    change     integer NOT NULL,             -- the newest that was routed
    nhs_number bigint,                       -- NULL where the record has none: then only a correction helps
    state      text NOT NULL,                -- no-gp, not-traced, no-mailbox; no-gp-final once nobody asks any more
    since      timestamptz NOT NULL DEFAULT now(),
    asked_at   timestamptz NOT NULL DEFAULT now(),
    due_at     timestamptz                   -- when the directory is asked again; NULL: only when it is loaded
);
CREATE INDEX gp_waiting_due ON gp_waiting (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX gp_waiting_patient ON gp_waiting (nhs_number) WHERE nhs_number IS NOT NULL;
