-- The tables of one user store, in the main database or in one of the store's own. `@` stands for the store's name, and words in braces for what the two
-- databases call differently.

-- `password` is an Argon2id hash in PHC form, absent where a directory of its own keeps the password.
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

-- What a user has allowed a client; scopes are separated by spaces.
CREATE TABLE "consents@" (
    name TEXT NOT NULL REFERENCES "users@" (name) ON DELETE CASCADE,
    consumer_key TEXT NOT NULL,
    scopes TEXT NOT NULL,
    given_at {number} NOT NULL,
    PRIMARY KEY (name, consumer_key)
) {strict};

-- What a user gave a client at one time, and all that came of it: one refresh token and one access token that live, and those that did.
CREATE TABLE "grants@" (
    number {identity},
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL REFERENCES "users@" (name) ON DELETE CASCADE,
    application_id TEXT NOT NULL,
    consumer_key TEXT NOT NULL,
    origin TEXT NOT NULL CHECK (origin IN ('authorization_code', 'device_code', 'password')),
    scopes TEXT NOT NULL,
    created_at {number} NOT NULL,
    used_at {number} NOT NULL,
    ended_at {number}
) {strict};

CREATE INDEX "grants_by_user@" ON "grants@" (name);
CREATE INDEX "grants_by_application@" ON "grants@" (application_id);

-- An authorization code (RFC 6749 section 4.1.2). `grant_id` is what it was exchanged for.
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

-- `spent_at` is when another one took its place.
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
    state TEXT NOT NULL CHECK (state IN ('active', 'replaced', 'revoked')),
    kid TEXT NOT NULL,
    status_list {number} NOT NULL,
    status_index {number} NOT NULL,
    apis TEXT NOT NULL
) {strict};

CREATE UNIQUE INDEX "one_token@" ON "tokens@" (grant_id) WHERE state = 'active';
CREATE INDEX "tokens_by_user@" ON "tokens@" (name) WHERE state = 'active';
CREATE INDEX "tokens_by_application@" ON "tokens@" (application_id, number);
CREATE INDEX "tokens_by_expiry@" ON "tokens@" (expires_at) WHERE expires_at IS NOT NULL;

-- Where the store has a database of its own: places of tokens that ended here and whose bits may not be set yet in the main database.
CREATE TABLE "endings@" (
    status_list {number} NOT NULL,
    status_index {number} NOT NULL,
    PRIMARY KEY (status_list, status_index)
) {strict};
