-- Whether the member was made because of its groups, and follows them at each sign-in.
ALTER TABLE members ADD COLUMN from_groups INTEGER NOT NULL DEFAULT 0 CHECK (from_groups IN (0, 1));

-- The sign-ins with an identity provider that were completed or refused, until they would have expired: each is completed once. A sign-in
-- that has only begun is kept in the browser alone.
CREATE TABLE used_sign_ins (
    state_hash BLOB PRIMARY KEY CHECK (length(state_hash) = 32),
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX used_sign_ins_by_expiry ON used_sign_ins (expires_at);

-- Whether users may become developers by themselves.
ALTER TABLE settings ADD COLUMN developer_registration TEXT NOT NULL DEFAULT 'off'
    CHECK (developer_registration IN ('off', 'approval', 'open'));

-- Users who ask to become developers, such as `alice@local`.
CREATE TABLE member_requests (
    account TEXT PRIMARY KEY,
    requested_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
