-- Searching the history: how far a person's records may be shown, numbers that were superseded, and the cursors' key.

ALTER TABLE patient
    ADD COLUMN confidentiality text COLLATE "C" CHECK (confidentiality IN ('U', 'R', 'V', 'REDACTED')), -- NULL: unknown, as U
    ADD COLUMN superseded_by bigint CHECK (superseded_by <> nhs_number);
CREATE INDEX patient_former ON patient (superseded_by) WHERE superseded_by IS NOT NULL;

-- Keys that every process of an installation shares and nobody else needs; made here, 244 random bits each.
CREATE TABLE shared_key (
    name text COLLATE "C" PRIMARY KEY,
    key  bytea NOT NULL CHECK (length(key) = 32)
);
INSERT INTO shared_key (name, key)
VALUES ('search cursor', decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex'));
