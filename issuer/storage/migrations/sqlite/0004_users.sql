-- The user stores whose tables are there, with the version of these; `elsewhere` is 1 where a store has a database of its own.
CREATE TABLE user_stores (
    name TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    elsewhere INTEGER NOT NULL CHECK (elsewhere IN (0, 1))
) STRICT;

-- A client that keeps no secret (RFC 6749 section 2.1), how long its users' tokens last (absent: as the application says), and whether a user has one
-- grant to it at a time.
ALTER TABLE key_sets ADD COLUMN public INTEGER NOT NULL DEFAULT 0 CHECK (public IN (0, 1));
ALTER TABLE key_sets ADD COLUMN user_validity INTEGER;
ALTER TABLE key_sets ADD COLUMN one_grant INTEGER NOT NULL DEFAULT 0 CHECK (one_grant IN (0, 1));

-- Whether an administrator lets the application ask its users for their passwords.
ALTER TABLE applications ADD COLUMN passwords INTEGER NOT NULL DEFAULT 0 CHECK (passwords IN (0, 1));

-- How long a refresh token may lie unused, how long a grant lasts at most, and the same of a session; in seconds.
ALTER TABLE settings ADD COLUMN refresh_idle INTEGER NOT NULL DEFAULT 1209600 CHECK (refresh_idle > 0);
ALTER TABLE settings ADD COLUMN refresh_lifetime INTEGER NOT NULL DEFAULT 7776000 CHECK (refresh_lifetime > 0);
ALTER TABLE settings ADD COLUMN session_idle INTEGER NOT NULL DEFAULT 1800 CHECK (session_idle > 0);
ALTER TABLE settings ADD COLUMN session_lifetime INTEGER NOT NULL DEFAULT 43200 CHECK (session_lifetime > 0);

-- A scope that stands here is given only to users with one of its roles.
CREATE TABLE scope_roles (
    scope TEXT NOT NULL,
    role TEXT NOT NULL,
    PRIMARY KEY (scope, role)
) STRICT;

-- Device authorization (RFC 8628). `user_id` is who decided.
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

-- Who may register clients (RFC 7591). `owner` is the member whose the clients are, absent for the administrators.
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
