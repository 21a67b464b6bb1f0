-- In seconds: how long after its use a refresh token may be used again, as long as its successor has not been used. 0 means never.
ALTER TABLE settings ADD COLUMN refresh_grace INTEGER NOT NULL DEFAULT 60 CHECK (refresh_grace >= 0);

-- Counts of wrong passwords and user codes. `key_hash` is the hash of what is counted: a name, an address, a browser, or two of them.
-- `level` is the count in thousandths at the time `at`. `drained_at` is when the count will have fallen to zero by itself; NULL if only a
-- right password ends it.
CREATE TABLE guesses (
    key_hash BLOB PRIMARY KEY CHECK (length(key_hash) = 32),
    level INTEGER NOT NULL CHECK (level >= 0),
    at INTEGER NOT NULL,
    drained_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX guesses_by_end ON guesses (drained_at) WHERE drained_at IS NOT NULL;
CREATE INDEX guesses_by_level ON guesses (level, at) WHERE drained_at IS NULL;

-- The address of the caller who did it; NULL for commands on the database and for the issuer itself.
ALTER TABLE audit ADD COLUMN source TEXT;

-- Refused attempts. Those with the same event, reason, source and subject in the same hour share a row; `hour` counts from the Unix epoch.
-- An empty source or subject is none; `*` stands for many.
CREATE TABLE security_events (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    hour INTEGER NOT NULL,
    event TEXT NOT NULL,
    reason TEXT NOT NULL,
    source TEXT NOT NULL,
    subject TEXT NOT NULL,
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    times INTEGER NOT NULL,
    UNIQUE (hour, event, reason, source, subject)
) STRICT;

CREATE INDEX security_events_by_source ON security_events (hour, source);
CREATE INDEX security_events_by_time ON security_events (last_at);
