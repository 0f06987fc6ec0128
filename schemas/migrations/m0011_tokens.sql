-- What the token endpoint remembers (auth.md §9, §10).

-- Client assertions that were used, so that none is used twice (A-12): by whichever hub, and after a restart too.
CREATE TABLE client_assertion (
    client     text COLLATE "C" NOT NULL,
    jti        bytea NOT NULL,               -- SHA-256 of the assertion's jti
    expires_at timestamptz NOT NULL,         -- of no use afterwards; a few that are over go with every new one
    PRIMARY KEY (client, jti)
);
CREATE INDEX client_assertion_expires_at ON client_assertion (expires_at);

-- Access tokens that are good no more although their time is not over (A-20 row 10).
CREATE TABLE revoked_token (
    id         text COLLATE "C" PRIMARY KEY, -- the token's jti
    expires_at timestamptz NOT NULL,         -- when the token ends by itself at the latest
    revoked_by text NOT NULL,
    revoked_at timestamptz NOT NULL DEFAULT now()
);
