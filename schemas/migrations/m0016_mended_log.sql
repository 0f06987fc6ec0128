-- How often the mending of the log's gaps has begun. What a relay has published before may be lost with the log: it publishes
-- that again, and what it remembers of the log's ends is of no use any more.
ALTER TABLE event_log ADD COLUMN mendings bigint NOT NULL DEFAULT 0;
