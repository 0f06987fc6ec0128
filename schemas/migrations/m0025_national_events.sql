-- Subscriptions of the National Events Management Service (nems.md §4) and who may make them (§4.5).
ALTER TABLE api_client
    ADD COLUMN asid text,                              -- accredited system id, 12 digits
    ADD COLUMN event_kinds text[] NOT NULL DEFAULT '{}', -- NEMS_SUBS_TYPE: EXPLICIT, GENERIC
    ADD COLUMN events text[] NOT NULL DEFAULT '{}',    -- NEMS_EVENT_ID: MESH workflows, such as VACCINATIONS_1
    ADD COLUMN mailboxes text[] NOT NULL DEFAULT '{}'; -- MESH mailboxes it may name, each MAILBOX=ODS code of its owner

-- Of audience nems: the resource stands in stated, the mailbox in endpoint (mesh:MAILBOX).
ALTER TABLE subscription
    ADD COLUMN tag text COLLATE "C",                   -- comes back with each delivery
    ADD COLUMN sameness text COLLATE "C";              -- criteria, organisation and mailbox: nobody has two that are alike
CREATE INDEX subscription_sameness ON subscription (client, sameness) WHERE sameness IS NOT NULL AND deleted_at IS NULL;
