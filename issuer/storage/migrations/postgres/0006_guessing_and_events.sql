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

ALTER TABLE audit ADD COLUMN source TEXT;

CREATE TABLE security_events (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    hour BIGINT NOT NULL,
    event TEXT NOT NULL,
    reason TEXT NOT NULL,
    source TEXT NOT NULL,
    subject TEXT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    times BIGINT NOT NULL,
    UNIQUE (hour, event, reason, source, subject)
);

CREATE INDEX security_events_by_source ON security_events (hour, source);
CREATE INDEX security_events_by_time ON security_events (last_at);
