-- The secrets that notifications are signed with (delivery.md §9), encrypted (§12): each with a key of its own, which is
-- wrapped with a key of the hub's delivery-keys.json.
CREATE TABLE subscription_secret (
    id              uuid PRIMARY KEY,
    subscription_id uuid NOT NULL REFERENCES subscription ON DELETE CASCADE,
    wrapping_key    text NOT NULL,         -- which key of the file
    wrapped_key     bytea NOT NULL,
    sealed          bytea NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    shown_at        timestamptz,           -- when its owner was shown it, once
    ends_at         timestamptz            -- null for the newest; others sign beside it until then
);
CREATE UNIQUE INDEX subscription_secret_newest ON subscription_secret (subscription_id) WHERE ends_at IS NULL;
CREATE INDEX subscription_secret_subscription ON subscription_secret (subscription_id, created_at);
CREATE INDEX subscription_secret_key ON subscription_secret (wrapping_key);
CREATE INDEX subscription_secret_end ON subscription_secret (ends_at) WHERE ends_at IS NOT NULL;

-- Where a client's endpoints may be (delivery.md §8, §10); operators say so.
ALTER TABLE api_client
    ADD COLUMN endpoint_hosts    text[] NOT NULL DEFAULT '{}',  -- example.nhs.uk, *.example.nhs.uk: no challenge needed
    ADD COLUMN endpoint_networks text[] NOT NULL DEFAULT '{}';  -- blocks that are opened to it, such as HSCN's
