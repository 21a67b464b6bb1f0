-- The known user stores, with the version of their tables. `elsewhere` is 1 if the store has its own database.
CREATE TABLE user_stores (
    name TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    elsewhere INTEGER NOT NULL CHECK (elsewhere IN (0, 1))
) STRICT;

-- `public` is 1 for a public client (RFC 6749 section 2.1). `user_validity` is the validity of user tokens; NULL means that of the
-- application. `one_grant` is 1 if a user can have only one grant to the client at a time.
ALTER TABLE key_sets ADD COLUMN public INTEGER NOT NULL DEFAULT 0 CHECK (public IN (0, 1));
ALTER TABLE key_sets ADD COLUMN user_validity INTEGER;
ALTER TABLE key_sets ADD COLUMN one_grant INTEGER NOT NULL DEFAULT 0 CHECK (one_grant IN (0, 1));

-- Whether the application may use the password grant; an administrator decides it.
ALTER TABLE applications ADD COLUMN passwords INTEGER NOT NULL DEFAULT 0 CHECK (passwords IN (0, 1));

-- In seconds: after which time without use a refresh token and a session expire, and the maximum lifetime of a grant and of a session.
ALTER TABLE settings ADD COLUMN refresh_idle INTEGER NOT NULL DEFAULT 1209600 CHECK (refresh_idle > 0);
ALTER TABLE settings ADD COLUMN refresh_lifetime INTEGER NOT NULL DEFAULT 7776000 CHECK (refresh_lifetime > 0);
ALTER TABLE settings ADD COLUMN session_idle INTEGER NOT NULL DEFAULT 1800 CHECK (session_idle > 0);
ALTER TABLE settings ADD COLUMN session_lifetime INTEGER NOT NULL DEFAULT 43200 CHECK (session_lifetime > 0);

-- A scope in this table is granted only to users with one of its roles.
CREATE TABLE scope_roles (
    scope TEXT NOT NULL,
    role TEXT NOT NULL,
    PRIMARY KEY (scope, role)
) STRICT;

-- Device codes (RFC 8628). `user_id` is the user who allowed or denied the device. `pause` is the polling interval in seconds.
CREATE TABLE device_codes (
    code_hash BLOB PRIMARY KEY CHECK (length(code_hash) = 32),
    user_code TEXT NOT NULL UNIQUE,
    consumer_key TEXT NOT NULL REFERENCES key_sets (consumer_key) ON DELETE CASCADE,
    scopes TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    pause INTEGER NOT NULL,
    asked_at INTEGER,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'allowed', 'denied', 'spent')),
    user_id TEXT CHECK (user_id IS NOT NULL OR state = 'waiting')
) STRICT;

CREATE INDEX device_codes_by_expiry ON device_codes (expires_at);

-- Initial access tokens, with which clients register (RFC 7591). `owner` is the member that will own the clients; NULL means that they
-- have no owner, and only administrators manage them.
CREATE TABLE registration_tokens (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    owner TEXT,
    description TEXT NOT NULL,
    token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    registrations INTEGER NOT NULL CHECK (registrations >= 0),
    created_at INTEGER NOT NULL,
    expires_at INTEGER
) STRICT;
