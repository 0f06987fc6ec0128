-- What subscribers can ask for and are told beyond their events.

-- Header values and signing secrets go with their subscription (delivery.md §12); those of an earlier build did not.
UPDATE subscription SET headers = NULL, headers_key = NULL WHERE deleted_at IS NOT NULL AND headers IS NOT NULL;
DELETE FROM subscription_secret WHERE subscription_id IN (SELECT id FROM subscription WHERE deleted_at IS NOT NULL);
UPDATE delivery_job SET finished_at = now(), outcome = 'cancelled'
WHERE finished_at IS NULL AND subscription_id IN (SELECT id FROM subscription WHERE deleted_at IS NOT NULL);

-- Back-fills: records of the store for a new subscriber, beside the events (delivery.md D-53).
ALTER TABLE delivery_job
    ADD COLUMN kind    text NOT NULL DEFAULT 'resend' CHECK (kind IN ('resend', 'backfill')),
    ADD COLUMN since   timestamptz,                    -- records that were changed last at this time or later
    ADD COLUMN until   timestamptz,                    -- and before this
    ADD COLUMN total   bigint NOT NULL DEFAULT 0,      -- events of the subscription when it was asked for
    ADD COLUMN place   uuid,                           -- records up to this id have been looked at
    ADD COLUMN records uuid[] NOT NULL DEFAULT '{}',   -- the notification in hand: records,
    ADD COLUMN changes integer[] NOT NULL DEFAULT '{}'; -- and each one's change
CREATE UNIQUE INDEX delivery_job_backfill ON delivery_job (subscription_id) WHERE kind = 'backfill' AND finished_at IS NULL;

-- Retention of delivered events (delivery.md D-54): events routed before this time are pruned; of each record the last stays.
CREATE TABLE event_retention (pruned_through timestamptz NOT NULL);
INSERT INTO event_retention VALUES ('-infinity');
-- From which number on a subscription's events are all there.
CREATE TABLE subscription_retention (
    subscription_id uuid PRIMARY KEY REFERENCES subscription,
    kept_from       bigint NOT NULL
);
