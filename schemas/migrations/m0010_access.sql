-- What else operators register of an API client (auth.md §8).

ALTER TABLE api_client
    ADD COLUMN permissions             text[],                                        -- TYPE.letters; NULL: its suppliers' rows
    ADD COLUMN grants                  text[] NOT NULL DEFAULT '{client_credentials}',
    ADD COLUMN key_set                 text,                                          -- a JWK set with public keys
    ADD COLUMN key_set_url             text,                                          -- or where the client publishes it
    ADD COLUMN idp_client_ids          text[] NOT NULL DEFAULT '{}',                  -- aud of id tokens it may exchange
    ADD COLUMN minimum_proofing        text NOT NULL DEFAULT 'P9',
    ADD COLUMN requests_per_second     integer,                                       -- NULL: what the hub allows everybody
    ADD COLUMN burst                   integer,
    ADD COLUMN certificate_thumbprints text[] NOT NULL DEFAULT '{}',                  -- x5t#S256
    ADD COLUMN unredacted              boolean NOT NULL DEFAULT false,
    ADD COLUMN ods_codes               text[] NOT NULL DEFAULT '{}',
    ADD CONSTRAINT api_client_one_key_source CHECK (key_set IS NULL OR key_set_url IS NULL),
    ADD CONSTRAINT api_client_whole_rate CHECK ((requests_per_second IS NULL) = (burst IS NULL));
