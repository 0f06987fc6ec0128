-- Matching: subscriptions that name patients, routing tables that are loaded by change, and where patients live.

-- The generation in which a subscription last changed, for those that routers keep in memory: they read what is above the
-- generation they have (D-93). 0 for subscriptions that name patients: these are looked up for each slice of events.
ALTER TABLE subscription ADD COLUMN generation bigint NOT NULL DEFAULT 0;
UPDATE subscription SET generation = (SELECT number FROM subscription_generation)
WHERE jsonb_array_length(coalesce(filter -> 'patients', '[]')) = 0;
CREATE INDEX subscription_rules ON subscription (generation) WHERE generation > 0;

CREATE TABLE subscription_patient (
    nhs_number      bigint NOT NULL,
    subscription_id uuid NOT NULL REFERENCES subscription,
    PRIMARY KEY (nhs_number, subscription_id)
);
INSERT INTO subscription_patient (nhs_number, subscription_id)
SELECT DISTINCT n::bigint, id FROM subscription, jsonb_array_elements_text(coalesce(filter -> 'patients', '[]')) n;

-- The patient directory.
ALTER TABLE practice ADD COLUMN sub_location text COLLATE "C"; -- ICB sub-location (the former CCG)
ALTER TABLE patient
    ADD COLUMN birth_date date,
    ADD COLUMN postcode text COLLATE "C",  -- of the home: upper case, one space
    ADD COLUMN flag text COLLATE "C" CHECK (flag IN ('S', 'I')); -- sensitive or invalid: nobody is told

-- Where postcodes lie. The key is a postcode, sector, district or area: LS1 4AP, LS1 4, LS1, LS.
CREATE TABLE postcode_place (
    prefix       text COLLATE "C" PRIMARY KEY,
    sub_location text COLLATE "C",
    authority    text COLLATE "C",
    country      text COLLATE "C"
);
