-- Described in the eighth step of `sqlite`.

ALTER TABLE settings ADD COLUMN refresh_grace BIGINT NOT NULL DEFAULT 60 CHECK (refresh_grace >= 0);

CREATE TABLE guesses (
    key_hash BYTEA PRIMARY KEY CHECK (length(key_hash) = 32),
    level BIGINT NOT NULL CHECK (level >= 0),
    at BIGINT NOT NULL,
    drained_at BIGINT
);

CREATE INDEX guesses_by_end ON guesses (drained_at) WHERE drained_at IS NOT NULL;
CREATE INDEX guesses_by_level ON guesses (level, at) WHERE drained_at IS NULL;
