-- Status lists (draft-ietf-oauth-status-list). Indexes are used in ascending order. `last_expiry` is when the last token of a list
-- expires, or the largest number if one never expires. `version` changes with the bits; `changed_at` is the time of that change.
CREATE TABLE status_lists (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    next_index INTEGER NOT NULL CHECK (next_index BETWEEN 0 AND 131072),
    last_expiry INTEGER NOT NULL,
    version TEXT NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;

-- The bits are in a table of their own, so that reserving an index does not write 16 KiB.
CREATE TABLE status_list_bits (
    list_id INTEGER PRIMARY KEY REFERENCES status_lists (id),
    bits BLOB NOT NULL CHECK (length(bits) = 16384)
) STRICT;

-- The number of changes of the bundle. Triggers count it, so that no change can be missed.
CREATE TABLE revision (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    number INTEGER NOT NULL
) STRICT;

INSERT INTO revision (id, number) VALUES (1, 0);

-- Signing keys of any algorithm. Published keys verify, the signing key signs and verifies, and of a retired key only the record is
-- left.
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

-- Tokens with their status index and the key that signed them. Tokens from before this step have no status index. `number` only
-- rises. The consumer key of a record may be deleted: records stay when an application is deleted.
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

-- A key set has at most one active token that was generated or regenerated.
CREATE UNIQUE INDEX one_shown_token ON tokens (consumer_key)
WHERE state = 'active' AND obtained IN ('generated', 'regenerated');

-- Tokens with a higher number than `since_token` hold the subscription.
ALTER TABLE subscriptions ADD COLUMN since_token INTEGER NOT NULL DEFAULT 0;

-- The row of a deleted application stays, because the records of its tokens refer to it.
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
