-- The twenty-first step: what the tokens of a client share is stored once. A profile never changes. Its digest finds the profile of a new
-- token; the profiles of older tokens have none, so no new token uses them. Profiles without tokens are pruned.
CREATE TABLE token_profiles (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    digest TEXT UNIQUE,
    application_id TEXT NOT NULL REFERENCES applications (id),
    consumer_key TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('application', 'user')),
    key_type TEXT NOT NULL CHECK (key_type IN ('production', 'sandbox')),
    obtained TEXT NOT NULL CHECK (obtained IN ('generated', 'regenerated', 'client_credentials')),
    domains TEXT,
    ips TEXT,
    scopes TEXT,
    kid TEXT NOT NULL,
    apis TEXT,
    minted_by TEXT
) STRICT;

-- The only index while tokens look for their profile: with others, SQLite might choose one that leads to more of them.
CREATE INDEX token_profiles_by_client ON token_profiles (consumer_key);

INSERT INTO token_profiles (application_id, consumer_key, kind, key_type, obtained, domains, ips, scopes, kid, apis, minted_by)
SELECT DISTINCT application_id, consumer_key, kind, key_type, obtained, domains, ips, scopes, kid, apis, minted_by FROM tokens;

-- `shown` is the consumer key of a token that was generated or regenerated, of which a key set has at most one active.
CREATE TABLE tokens_3 (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    profile INTEGER NOT NULL REFERENCES token_profiles (number),
    issued_at INTEGER NOT NULL,
    expires_at INTEGER,
    -- Not `IN`, for which SQLite would make a temporary table for each new token.
    state TEXT NOT NULL CHECK (state = 'active' OR state = 'replaced' OR state = 'revoked'),
    status_list INTEGER,
    status_index INTEGER,
    shown TEXT,
    CHECK ((status_list IS NULL) = (status_index IS NULL))
) STRICT;

INSERT INTO tokens_3 (number, id, profile, issued_at, expires_at, state, status_list, status_index, shown)
SELECT tokens.number, id,
       (SELECT profiles.number FROM token_profiles AS profiles
        WHERE profiles.consumer_key = tokens.consumer_key AND profiles.application_id = tokens.application_id
        AND profiles.kind = tokens.kind AND profiles.key_type = tokens.key_type AND profiles.obtained = tokens.obtained
        AND profiles.kid = tokens.kid AND profiles.domains IS tokens.domains AND profiles.ips IS tokens.ips
        AND profiles.scopes IS tokens.scopes AND profiles.apis IS tokens.apis AND profiles.minted_by IS tokens.minted_by),
       issued_at, expires_at, state, status_list, status_index,
       CASE WHEN obtained IN ('generated', 'regenerated') THEN consumer_key END
FROM tokens ORDER BY tokens.number;

CREATE INDEX token_profiles_by_application ON token_profiles (application_id);
CREATE INDEX token_profiles_by_signing_key ON token_profiles (kid);

-- The current token of each combination of client and scopes, with which a grant answers. The scopes are empty if there are none.
CREATE TABLE current_tokens (
    consumer_key TEXT NOT NULL,
    scopes TEXT NOT NULL,
    token INTEGER NOT NULL,
    PRIMARY KEY (consumer_key, scopes)
) STRICT, WITHOUT ROWID;

INSERT INTO current_tokens (consumer_key, scopes, token)
SELECT consumer_key, coalesce(scopes, ''), number FROM tokens WHERE current = 1 AND kind = 'application';

DROP TABLE tokens;

ALTER TABLE tokens_3 RENAME TO tokens;

CREATE INDEX tokens_by_profile ON tokens (profile, issued_at);
CREATE INDEX live_tokens_by_profile ON tokens (profile, expires_at) WHERE state = 'active';
CREATE INDEX tokens_by_expiry ON tokens (expires_at) WHERE expires_at IS NOT NULL;
CREATE UNIQUE INDEX one_shown_token ON tokens (shown) WHERE state = 'active' AND shown IS NOT NULL;
