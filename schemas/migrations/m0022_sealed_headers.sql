-- Values of subscribers' header lines are encrypted (fhir-subscriptions.md §3, delivery.md §12): hubs seal those that were
-- kept in plain, and wrap those of an old key again.
ALTER TABLE subscription
    ADD COLUMN headers_key text;           -- which key of delivery-keys.json they are all sealed with; null: not looked at yet
CREATE INDEX subscription_headers ON subscription (id) WHERE headers IS NOT NULL;
