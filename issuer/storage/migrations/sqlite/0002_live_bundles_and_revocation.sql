-- Status lists (draft-ietf-oauth-status-list). Tokens take indices in order. `last_expiry` is when the last of a list's tokens
-- runs out, the largest number there is for one that never does; `version` changes with the bits, and `changed_at` says when.
CREATE TABLE status_lists (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    next_index INTEGER NOT NULL CHECK (next_index BETWEEN 0 AND 131072),
    last_expiry INTEGER NOT NULL,
    version TEXT NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;

-- Apart from their lists, so that a token that takes an index does not write 16 KiB.
CREATE TABLE status_list_bits (
    list_id INTEGER PRIMARY KEY REFERENCES status_lists (id),
    bits BLOB NOT NULL CHECK (length(bits) = 16384)
) STRICT;

-- How often what an edge must hear of has changed. Triggers count, so that no change can be forgotten.
CREATE TABLE revision (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    number INTEGER NOT NULL
) STRICT;

INSERT INTO revision (id, number) VALUES (1, 0);

-- Signing keys of any algorithm. A published key verifies, the one that signs does too, and of a retired one nothing but its
-- name is left.
CREATE TABLE signing_keys_2 (
    kid TEXT PRIMARY KEY,
    algorithm TEXT NOT NULL CHECK (algorithm IN ('HS256', 'ES256', 'EdDSA')),
    state TEXT NOT NULL CHECK (state IN ('published', 'signing', 'retired')),
    sealed BLOB CHECK ((sealed IS NULL) = (state = 'retired')),
    created_at INTEGER NOT NULL
) STRICT;

INSERT INTO signing_keys_2 (kid, algorithm, state, sealed, created_at)
SELECT kid, algorithm, iif(signs, 'signing', 'published'), sealed, created_at FROM signing_keys;

DROP TABLE signing_keys;

ALTER TABLE signing_keys_2 RENAME TO signing_keys;

CREATE UNIQUE INDEX one_key_signs ON signing_keys (state) WHERE state = 'signing';

-- Tokens with their place in a status list and the key that signed them; the ones from before have no place. The number
-- counts up for ever. Its consumer key may be gone: the record stays when an application is deleted.
CREATE TABLE tokens_2 (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    application_id TEXT NOT NULL REFERENCES applications (id),
    consumer_key TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('application', 'user')),
    key_type TEXT NOT NULL CHECK (key_type IN ('production', 'sandbox')),
    obtained TEXT NOT NULL CHECK (obtained IN ('generated', 'regenerated', 'client_credentials')),
    domains TEXT,
    ips TEXT,
    scopes TEXT,
    issued_at INTEGER NOT NULL,
    expires_at INTEGER,
    state TEXT NOT NULL CHECK (state IN ('active', 'replaced', 'revoked')),
    kid TEXT NOT NULL,
    status_list INTEGER,
    status_index INTEGER,
    CHECK ((status_list IS NULL) = (status_index IS NULL))
) STRICT;

INSERT INTO tokens_2 (number, id, application_id, consumer_key, kind, key_type, obtained, domains, ips, scopes, issued_at,
    expires_at, state, kid)
SELECT rowid, id, application_id, consumer_key, kind, key_type, obtained, domains, ips, scopes, issued_at, expires_at, state,
    -- There never was more than one key.
    (SELECT kid FROM signing_keys WHERE state = 'signing')
FROM tokens;

DROP TABLE tokens;

ALTER TABLE tokens_2 RENAME TO tokens;

CREATE INDEX tokens_by_application ON tokens (application_id, issued_at);

-- A key set has at most one live token that its owner was shown.
CREATE UNIQUE INDEX one_shown_token ON tokens (consumer_key)
WHERE state = 'active' AND obtained IN ('generated', 'regenerated');

-- A subscription stands in the tokens with a higher number than this one.
ALTER TABLE subscriptions ADD COLUMN since_token INTEGER NOT NULL DEFAULT 0;

-- Of a deleted application the row stays, for its tokens' records.
ALTER TABLE applications ADD COLUMN deleted_at INTEGER;

CREATE TRIGGER settings_update AFTER UPDATE OF issuer, audience ON settings
BEGIN UPDATE revision SET number = number + 1; END;

CREATE TRIGGER apis_insert AFTER INSERT ON apis BEGIN UPDATE revision SET number = number + 1; END;
CREATE TRIGGER apis_update AFTER UPDATE ON apis BEGIN UPDATE revision SET number = number + 1; END;
CREATE TRIGGER apis_delete AFTER DELETE ON apis BEGIN UPDATE revision SET number = number + 1; END;

CREATE TRIGGER signing_keys_insert AFTER INSERT ON signing_keys BEGIN UPDATE revision SET number = number + 1; END;
CREATE TRIGGER signing_keys_update AFTER UPDATE ON signing_keys BEGIN UPDATE revision SET number = number + 1; END;
CREATE TRIGGER signing_keys_delete AFTER DELETE ON signing_keys BEGIN UPDATE revision SET number = number + 1; END;

CREATE TRIGGER status_lists_insert AFTER INSERT ON status_lists BEGIN UPDATE revision SET number = number + 1; END;
CREATE TRIGGER status_lists_update AFTER UPDATE OF version ON status_lists
BEGIN UPDATE revision SET number = number + 1; END;
CREATE TRIGGER status_lists_delete AFTER DELETE ON status_lists BEGIN UPDATE revision SET number = number + 1; END;
