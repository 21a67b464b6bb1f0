-- The tables of one user store, in the main database or in the store's own database. The name of the store is appended to each name
-- that ends with `@`. Words in braces are replaced by the SQL of the database. Of more than two values, no condition is an `IN`: SQLite would
-- make a temporary table for each new row.

-- `password` is an Argon2id hash in PHC form; NULL if a directory such as LDAP keeps the password.
CREATE TABLE "users@" (
    name TEXT PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('active', 'locked')),
    password TEXT,
    password_set_at {number},
    created_at {number} NOT NULL
) {strict};

CREATE TABLE "roles@" (
    name TEXT NOT NULL REFERENCES "users@" (name) ON DELETE CASCADE,
    role TEXT NOT NULL,
    PRIMARY KEY (name, role)
) {strict};

CREATE TABLE "sessions@" (
    id_hash {bytes} PRIMARY KEY CHECK (length(id_hash) = 32),
    name TEXT NOT NULL REFERENCES "users@" (name) ON DELETE CASCADE,
    created_at {number} NOT NULL,
    seen_at {number} NOT NULL
) {strict};

CREATE INDEX "sessions_by_user@" ON "sessions@" (name);
CREATE INDEX "sessions_by_age@" ON "sessions@" (seen_at);

-- The consents of users to clients. Scopes are separated by spaces.
CREATE TABLE "consents@" (
    name TEXT NOT NULL REFERENCES "users@" (name) ON DELETE CASCADE,
    consumer_key TEXT NOT NULL,
    scopes TEXT NOT NULL,
    given_at {number} NOT NULL,
    PRIMARY KEY (name, consumer_key)
) {strict};

-- Grants. A grant has at most one valid refresh token and one active access token; earlier ones stay on record.
CREATE TABLE "grants@" (
    number {identity},
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL REFERENCES "users@" (name) ON DELETE CASCADE,
    application_id TEXT NOT NULL,
    consumer_key TEXT NOT NULL,
    origin TEXT NOT NULL CHECK (origin = 'authorization_code' OR origin = 'device_code' OR origin = 'password'),
    scopes TEXT NOT NULL,
    created_at {number} NOT NULL,
    used_at {number} NOT NULL,
    ended_at {number}
) {strict};

CREATE INDEX "grants_by_user@" ON "grants@" (name);
CREATE INDEX "grants_by_application@" ON "grants@" (application_id);

-- Authorization codes (RFC 6749 section 4.1.2). `grant_id` is the grant for which the code was exchanged.
CREATE TABLE "codes@" (
    code_hash {bytes} PRIMARY KEY CHECK (length(code_hash) = 32),
    name TEXT NOT NULL REFERENCES "users@" (name) ON DELETE CASCADE,
    consumer_key TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    scopes TEXT NOT NULL,
    challenge TEXT NOT NULL,
    expires_at {number} NOT NULL,
    grant_id TEXT REFERENCES "grants@" (id) ON DELETE CASCADE
) {strict};

CREATE INDEX "codes_by_expiry@" ON "codes@" (expires_at);

-- `spent_at` is when the refresh token was replaced by the next one.
CREATE TABLE "refresh_tokens@" (
    token_hash {bytes} PRIMARY KEY CHECK (length(token_hash) = 32),
    grant_id TEXT NOT NULL REFERENCES "grants@" (id) ON DELETE CASCADE,
    issued_at {number} NOT NULL,
    spent_at {number}
) {strict};

CREATE UNIQUE INDEX "one_refresh_token@" ON "refresh_tokens@" (grant_id) WHERE spent_at IS NULL;
CREATE INDEX "refresh_tokens_by_grant@" ON "refresh_tokens@" (grant_id);

CREATE TABLE "tokens@" (
    number {identity},
    id TEXT NOT NULL UNIQUE,
    grant_id TEXT NOT NULL,
    name TEXT NOT NULL,
    application_id TEXT NOT NULL,
    consumer_key TEXT NOT NULL,
    key_type TEXT NOT NULL CHECK (key_type IN ('production', 'sandbox')),
    obtained TEXT NOT NULL,
    domains TEXT,
    ips TEXT,
    scopes TEXT,
    issued_at {number} NOT NULL,
    expires_at {number},
    state TEXT NOT NULL CHECK (state = 'active' OR state = 'replaced' OR state = 'revoked'),
    kid TEXT NOT NULL,
    status_list {number} NOT NULL,
    status_index {number} NOT NULL,
    apis TEXT NOT NULL
) {strict};

CREATE UNIQUE INDEX "one_token@" ON "tokens@" (grant_id) WHERE state = 'active';
CREATE INDEX "tokens_by_user@" ON "tokens@" (name) WHERE state = 'active';
CREATE INDEX "tokens_by_application@" ON "tokens@" (application_id, number);
CREATE INDEX "tokens_by_expiry@" ON "tokens@" (expires_at) WHERE expires_at IS NOT NULL;

-- For a store with its own database: the status indexes of tokens that have ended, and whose bits may not be set in the main database
-- yet.
CREATE TABLE "endings@" (
    status_list {number} NOT NULL,
    status_index {number} NOT NULL,
    PRIMARY KEY (status_list, status_index)
) {strict};
