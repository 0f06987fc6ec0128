-- Reference data and API clients: what operators change while the hub runs.

CREATE TABLE vaccine_type (
    code            text COLLATE "C" PRIMARY KEY,
    place           integer NOT NULL,          -- order of the configuration
    target_diseases jsonb NOT NULL             -- [{"code", "display"}] in the order of the Immunization
);

CREATE TABLE supplier (
    name           text COLLATE "C" PRIMARY KEY,
    place          integer NOT NULL,
    permissions    text[] NOT NULL,            -- TYPE.letters (csv-feed §2)
    do_not_echo_to text[] NOT NULL             -- audiences or clients of subscriptions (csv-feed §6)
);

-- An ODS code leads to exactly one supplier.
CREATE TABLE supplier_ods_code (
    ods_code text COLLATE "C" PRIMARY KEY,
    supplier text COLLATE "C" NOT NULL REFERENCES supplier ON DELETE CASCADE,
    place    integer NOT NULL
);

-- Every change of the tables above, by whom; the highest number is the generation. None: the installation is new.
CREATE TABLE reference_change (
    generation bigint PRIMARY KEY,
    changed_at timestamptz NOT NULL DEFAULT now(),
    changed_by text NOT NULL,
    changes    text[] NOT NULL
);

CREATE TABLE api_client (
    id         text COLLATE "C" PRIMARY KEY,   -- the claim client_id
    name       text NOT NULL,
    scopes     text NOT NULL,                  -- what its tokens may cover at most
    enabled    boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    updated_by text NOT NULL
);

-- Whose files a client may send.
CREATE TABLE api_client_supplier (
    client   text COLLATE "C" NOT NULL REFERENCES api_client ON DELETE CASCADE,
    supplier text COLLATE "C" NOT NULL REFERENCES supplier ON DELETE CASCADE,
    PRIMARY KEY (client, supplier)
);
CREATE INDEX api_client_supplier_supplier ON api_client_supplier (supplier);
