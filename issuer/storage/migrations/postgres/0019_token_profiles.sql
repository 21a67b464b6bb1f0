-- Described in the twenty-first step of `sqlite`.

CREATE TABLE token_profiles (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
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
);

CREATE INDEX token_profiles_by_application ON token_profiles (application_id);
CREATE INDEX token_profiles_by_client ON token_profiles (consumer_key);
CREATE INDEX token_profiles_by_signing_key ON token_profiles (kid);

INSERT INTO token_profiles (application_id, consumer_key, kind, key_type, obtained, domains, ips, scopes, kid, apis, minted_by)
SELECT DISTINCT application_id, consumer_key, kind, key_type, obtained, domains, ips, scopes, kid, apis, minted_by FROM tokens;

CREATE TABLE tokens_2 (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    profile BIGINT NOT NULL REFERENCES token_profiles (number),
    issued_at BIGINT NOT NULL,
    expires_at BIGINT,
    state TEXT NOT NULL CHECK (state IN ('active', 'replaced', 'revoked')),
    status_list BIGINT,
    status_index BIGINT,
    shown TEXT,
    CHECK ((status_list IS NULL) = (status_index IS NULL))
);

INSERT INTO tokens_2 (number, id, profile, issued_at, expires_at, state, status_list, status_index, shown)
OVERRIDING SYSTEM VALUE
SELECT tokens.number, id, profiles.number, issued_at, expires_at, state, status_list, status_index,
       CASE WHEN tokens.obtained IN ('generated', 'regenerated') THEN tokens.consumer_key END
FROM tokens JOIN token_profiles AS profiles
    ON profiles.consumer_key = tokens.consumer_key AND profiles.application_id = tokens.application_id
    AND profiles.kind = tokens.kind AND profiles.key_type = tokens.key_type AND profiles.obtained = tokens.obtained
    AND profiles.kid = tokens.kid AND profiles.domains IS NOT DISTINCT FROM tokens.domains
    AND profiles.ips IS NOT DISTINCT FROM tokens.ips AND profiles.scopes IS NOT DISTINCT FROM tokens.scopes
    AND profiles.apis IS NOT DISTINCT FROM tokens.apis AND profiles.minted_by IS NOT DISTINCT FROM tokens.minted_by
ORDER BY tokens.number;

SELECT setval(pg_get_serial_sequence('tokens_2', 'number'), coalesce((SELECT max(number) FROM tokens_2), 0) + 1, false);

CREATE TABLE current_tokens (
    consumer_key TEXT NOT NULL,
    scopes TEXT NOT NULL,
    token BIGINT NOT NULL,
    PRIMARY KEY (consumer_key, scopes)
);

INSERT INTO current_tokens (consumer_key, scopes, token)
SELECT consumer_key, coalesce(scopes, ''), number FROM tokens WHERE current = 1 AND kind = 'application';

DROP TABLE tokens;

ALTER TABLE tokens_2 RENAME TO tokens;

CREATE INDEX tokens_by_profile ON tokens (profile, issued_at);
CREATE INDEX live_tokens_by_profile ON tokens (profile, expires_at) WHERE state = 'active';
CREATE INDEX tokens_by_expiry ON tokens (expires_at) WHERE expires_at IS NOT NULL;
CREATE UNIQUE INDEX one_shown_token ON tokens (shown) WHERE state = 'active' AND shown IS NOT NULL;
