-- Described in the fourth step of `sqlite`.

CREATE TABLE user_stores (
    name TEXT PRIMARY KEY,
    version BIGINT NOT NULL,
    elsewhere BIGINT NOT NULL CHECK (elsewhere IN (0, 1))
);

ALTER TABLE key_sets ADD COLUMN public BIGINT NOT NULL DEFAULT 0 CHECK (public IN (0, 1));
ALTER TABLE key_sets ADD COLUMN user_validity BIGINT;
ALTER TABLE key_sets ADD COLUMN one_grant BIGINT NOT NULL DEFAULT 0 CHECK (one_grant IN (0, 1));

ALTER TABLE applications ADD COLUMN passwords BIGINT NOT NULL DEFAULT 0 CHECK (passwords IN (0, 1));

ALTER TABLE settings ADD COLUMN refresh_idle BIGINT NOT NULL DEFAULT 1209600 CHECK (refresh_idle > 0);
ALTER TABLE settings ADD COLUMN refresh_lifetime BIGINT NOT NULL DEFAULT 7776000 CHECK (refresh_lifetime > 0);
ALTER TABLE settings ADD COLUMN session_idle BIGINT NOT NULL DEFAULT 1800 CHECK (session_idle > 0);
ALTER TABLE settings ADD COLUMN session_lifetime BIGINT NOT NULL DEFAULT 43200 CHECK (session_lifetime > 0);

CREATE TABLE scope_roles (
    scope TEXT NOT NULL,
    role TEXT NOT NULL,
    PRIMARY KEY (scope, role)
);

CREATE TABLE device_codes (
    code_hash BYTEA PRIMARY KEY CHECK (length(code_hash) = 32),
    user_code TEXT NOT NULL UNIQUE,
    consumer_key TEXT NOT NULL REFERENCES key_sets (consumer_key) ON DELETE CASCADE,
    scopes TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    pause BIGINT NOT NULL,
    asked_at BIGINT,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'allowed', 'denied', 'spent')),
    user_id TEXT CHECK (user_id IS NOT NULL OR state = 'waiting')
);

CREATE INDEX device_codes_by_expiry ON device_codes (expires_at);

CREATE TABLE registration_tokens (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    owner TEXT,
    description TEXT NOT NULL,
    token_hash BYTEA NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    registrations BIGINT NOT NULL CHECK (registrations >= 0),
    created_at BIGINT NOT NULL,
    expires_at BIGINT
);
