-- What subscribers can ask for and are told beyond their events.

-- Header values and signing secrets go with their subscription (delivery.md §12); those of an earlier build did not.
UPDATE subscription SET headers = NULL, headers_key = NULL WHERE deleted_at IS NOT NULL AND headers IS NOT NULL;
DELETE FROM subscription_secret WHERE subscription_id IN (SELECT id FROM subscription WHERE deleted_at IS NOT NULL);
UPDATE delivery_job SET finished_at = now(), outcome = 'cancelled'
WHERE finished_at IS NULL AND subscription_id IN (SELECT id FROM subscription WHERE deleted_at IS NOT NULL);
