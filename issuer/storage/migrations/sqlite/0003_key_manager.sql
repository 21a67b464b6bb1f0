-- Policies. `renew_below` is a percentage of a token's validity: when no more than that remains, a grant mints a new token instead of
-- answering with the live one. `key_rotation` is a number of seconds; NULL means that keys are rotated only by hand.
ALTER TABLE settings ADD COLUMN forever_allowed INTEGER NOT NULL DEFAULT 1 CHECK (forever_allowed IN (0, 1));
ALTER TABLE settings ADD COLUMN renew_below INTEGER NOT NULL DEFAULT 10 CHECK (renew_below BETWEEN 0 AND 100);
ALTER TABLE settings ADD COLUMN key_rotation INTEGER CHECK (key_rotation > 0);
ALTER TABLE settings ADD COLUMN key_publish_ahead INTEGER NOT NULL DEFAULT 86400 CHECK (key_publish_ahead >= 0);

-- Signing keys, in the order of their creation. The table `signers` has the key that signs for each environment. `planned_for` is the
-- environment for which a published key will sign, when edges have had the time to fetch it. `stopped_at` is when another key began to
-- sign instead of this one.
CREATE TABLE signing_keys_3 (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    kid TEXT NOT NULL UNIQUE,
    algorithm TEXT NOT NULL CHECK (algorithm IN ('HS256', 'ES256', 'EdDSA', 'RS256')),
    retired INTEGER NOT NULL CHECK (retired IN (0, 1)),
    sealed BLOB CHECK ((sealed IS NULL) = (retired = 1)),
    planned_for TEXT CHECK (planned_for IN ('production', 'sandbox')),
    stopped_at INTEGER,
    created_at INTEGER NOT NULL
) STRICT;

INSERT INTO signing_keys_3 (kid, algorithm, retired, sealed, created_at)
SELECT kid, algorithm, state = 'retired', sealed, created_at FROM signing_keys ORDER BY rowid;

CREATE TABLE signers (
    key_type TEXT PRIMARY KEY CHECK (key_type IN ('production', 'sandbox')),
    kid TEXT NOT NULL,
    since INTEGER NOT NULL
) STRICT;

INSERT INTO signers (key_type, kid, since)
SELECT key_type, kid, created_at FROM signing_keys, (SELECT 'production' AS key_type UNION ALL SELECT 'sandbox')
WHERE state = 'signing';

DROP TABLE signing_keys;

ALTER TABLE signing_keys_3 RENAME TO signing_keys;

-- A blocked application gets no tokens, and its tokens were revoked when it was blocked. `owner` is a member's name.
ALTER TABLE applications ADD COLUMN state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'blocked'));
ALTER TABLE applications ADD COLUMN owner TEXT;

-- Grant types are separated by spaces; redirect URIs are a JSON array.
ALTER TABLE key_sets ADD COLUMN grant_types TEXT NOT NULL DEFAULT 'client_credentials';
ALTER TABLE key_sets ADD COLUMN redirect_uris TEXT;

-- Consumer secrets. Two can be valid at once, so that an application can replace one without an interruption.
CREATE TABLE consumer_secrets (
    id TEXT PRIMARY KEY,
    consumer_key TEXT NOT NULL REFERENCES key_sets (consumer_key) ON DELETE CASCADE,
    secret_hash BLOB NOT NULL CHECK (length(secret_hash) = 32),
    created_at INTEGER NOT NULL,
    expires_at INTEGER
) STRICT;

CREATE INDEX consumer_secrets_by_key ON consumer_secrets (consumer_key, created_at);

INSERT INTO consumer_secrets (id, consumer_key, secret_hash, created_at)
SELECT 'cs_' || substr(consumer_key, 4), consumer_key, secret_hash, created_at FROM key_sets;

ALTER TABLE key_sets DROP COLUMN secret_hash;

-- Whether a subscription must be approved before it is valid.
ALTER TABLE apis ADD COLUMN approval INTEGER NOT NULL DEFAULT 0 CHECK (approval IN (0, 1));

-- The limit of a tier: `requests` in `seconds`; NULL means no limit.
ALTER TABLE tiers ADD COLUMN description TEXT;
ALTER TABLE tiers ADD COLUMN requests INTEGER CHECK (requests > 0);
ALTER TABLE tiers ADD COLUMN seconds INTEGER CHECK (seconds > 0 AND (requests IS NULL) = (seconds IS NULL));

ALTER TABLE subscriptions ADD COLUMN state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'blocked', 'waiting'));

-- `apis` is a JSON object with the subscriptions that the token holds; with it, the token can be made again from its record. `current`
-- marks the token with which grants of its combination answer. `minted_by` is the actor that minted the token.
ALTER TABLE tokens ADD COLUMN apis TEXT;
ALTER TABLE tokens ADD COLUMN current INTEGER NOT NULL DEFAULT 0 CHECK (current IN (0, 1));
ALTER TABLE tokens ADD COLUMN minted_by TEXT;

CREATE UNIQUE INDEX one_current_token ON tokens (consumer_key, kind, coalesce(scopes, '')) WHERE current = 1;

CREATE INDEX tokens_by_expiry ON tokens (expires_at) WHERE expires_at IS NOT NULL;

-- The members, who may use the management API. Of a personal access token only the hash is stored.
CREATE TABLE members (
    name TEXT PRIMARY KEY,
    role TEXT NOT NULL CHECK (role IN ('administrator', 'developer', 'auditor')),
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE personal_access_tokens (
    id TEXT PRIMARY KEY,
    member TEXT NOT NULL REFERENCES members (name) ON DELETE CASCADE,
    description TEXT NOT NULL,
    token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    created_at INTEGER NOT NULL,
    expires_at INTEGER
) STRICT;

CREATE INDEX personal_access_tokens_by_member ON personal_access_tokens (member, created_at);

-- The audit log. Entries are never changed or deleted.
CREATE TABLE audit (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    application_id TEXT,
    subject TEXT,
    details TEXT
) STRICT;

CREATE INDEX audit_by_application ON audit (application_id, number) WHERE application_id IS NOT NULL;

CREATE TRIGGER audit_update BEFORE UPDATE ON audit BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_delete BEFORE DELETE ON audit BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;

-- Responses to requests with an idempotency key, so that a repeated request gets the same response. They may contain secrets, so they
-- are sealed.
CREATE TABLE idempotency (
    actor TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 32),
    answer BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (actor, key)
) STRICT;

CREATE INDEX idempotency_by_age ON idempotency (created_at);

CREATE TRIGGER signing_keys_insert AFTER INSERT ON signing_keys BEGIN UPDATE revision SET number = number + 1; END;
CREATE TRIGGER signing_keys_update AFTER UPDATE ON signing_keys BEGIN UPDATE revision SET number = number + 1; END;
CREATE TRIGGER signing_keys_delete AFTER DELETE ON signing_keys BEGIN UPDATE revision SET number = number + 1; END;

CREATE TRIGGER signers_insert AFTER INSERT ON signers BEGIN UPDATE revision SET number = number + 1; END;
CREATE TRIGGER signers_update AFTER UPDATE ON signers BEGIN UPDATE revision SET number = number + 1; END;
