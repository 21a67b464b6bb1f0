-- Described in the twelfth step of `sqlite`.

ALTER TABLE members ADD COLUMN from_groups BIGINT NOT NULL DEFAULT 0 CHECK (from_groups IN (0, 1));

CREATE TABLE used_sign_ins (
    state_hash BYTEA PRIMARY KEY CHECK (length(state_hash) = 32),
    expires_at BIGINT NOT NULL
);

CREATE INDEX used_sign_ins_by_expiry ON used_sign_ins (expires_at);

ALTER TABLE settings ADD COLUMN developer_registration TEXT NOT NULL DEFAULT 'off'
    CHECK (developer_registration IN ('off', 'approval', 'open'));

CREATE TABLE member_requests (
    account TEXT COLLATE "C" PRIMARY KEY,
    requested_at BIGINT NOT NULL
);
