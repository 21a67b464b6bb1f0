-- The settings: one row, inserted when the database is initialised. A validity is a number of seconds; negative means that tokens never
-- expire.
CREATE TABLE settings (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    issuer TEXT NOT NULL,
    audience TEXT NOT NULL,
    application_validity INTEGER NOT NULL,
    user_validity INTEGER NOT NULL
) STRICT;

-- Signing keys, sealed with the master key. Exactly one signs; all of them verify.
CREATE TABLE signing_keys (
    kid TEXT PRIMARY KEY,
    algorithm TEXT NOT NULL CHECK (algorithm IN ('HS256')),
    sealed BLOB NOT NULL,
    signs INTEGER NOT NULL CHECK (signs IN (0, 1)),
    created_at INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX one_key_signs ON signing_keys (signs) WHERE signs = 1;

CREATE TABLE applications (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    application_validity INTEGER NOT NULL,
    user_validity INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- Key sets. Domains and address blocks are JSON arrays; NULL means that tokens are not restricted. Scopes are separated by spaces; NULL
-- means no scopes.
CREATE TABLE key_sets (
    consumer_key TEXT PRIMARY KEY,
    application_id TEXT NOT NULL REFERENCES applications (id),
    key_type TEXT NOT NULL CHECK (key_type IN ('production', 'sandbox')),
    secret_hash BLOB NOT NULL CHECK (length(secret_hash) = 32),
    domains TEXT,
    ips TEXT,
    scopes TEXT,
    validity INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (application_id, key_type)
) STRICT;

CREATE TABLE apis (
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    document TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (name, version)
) STRICT;

CREATE TABLE tiers (
    name TEXT PRIMARY KEY
) STRICT;

INSERT INTO tiers (name) VALUES ('gold'), ('silver'), ('bronze'), ('unlimited');

CREATE TABLE subscriptions (
    application_id TEXT NOT NULL REFERENCES applications (id),
    api_name TEXT NOT NULL,
    api_version TEXT NOT NULL,
    tier TEXT NOT NULL REFERENCES tiers (name),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (application_id, api_name, api_version),
    FOREIGN KEY (api_name, api_version) REFERENCES apis (name, version)
) STRICT;

-- Records of tokens. Neither the token nor its signature is stored.
CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    application_id TEXT NOT NULL REFERENCES applications (id),
    consumer_key TEXT NOT NULL REFERENCES key_sets (consumer_key),
    kind TEXT NOT NULL CHECK (kind IN ('application', 'user')),
    key_type TEXT NOT NULL CHECK (key_type IN ('production', 'sandbox')),
    obtained TEXT NOT NULL CHECK (obtained IN ('generated', 'regenerated', 'client_credentials')),
    domains TEXT,
    ips TEXT,
    scopes TEXT,
    issued_at INTEGER NOT NULL,
    expires_at INTEGER,
    state TEXT NOT NULL CHECK (state IN ('active', 'replaced'))
) STRICT;

CREATE INDEX tokens_by_application ON tokens (application_id, issued_at);

-- A key set has at most one active token that was generated or regenerated.
CREATE UNIQUE INDEX one_shown_token ON tokens (consumer_key)
WHERE state = 'active' AND obtained IN ('generated', 'regenerated');

CREATE TABLE edge_keys (
    name TEXT PRIMARY KEY,
    key_hash BLOB NOT NULL UNIQUE CHECK (length(key_hash) = 32),
    created_at INTEGER NOT NULL
) STRICT;
