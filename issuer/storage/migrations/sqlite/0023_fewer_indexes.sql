-- The twenty-third step: fewer indexes for each new token. One index finds the tokens of a profile: those that have not ended by their
-- expiry, with the largest number for those that never expire; the others by the time at which they were issued.
DROP INDEX tokens_by_profile;
DROP INDEX live_tokens_by_profile;

CREATE INDEX tokens_by_profile ON tokens (
    profile, (CASE WHEN state = 'active' THEN coalesce(expires_at, 9223372036854775807) END), issued_at
);

-- In which blocks of 1024 numbers of the audit log a profile has entries: `block` is the number of an entry divided by 1024. A row lasts as
-- long as such an entry, and keeps the profile.
CREATE TABLE audit_profiles (
    profile INTEGER NOT NULL REFERENCES token_profiles (number),
    block INTEGER NOT NULL,
    PRIMARY KEY (profile, block)
) STRICT, WITHOUT ROWID;

INSERT INTO audit_profiles (profile, block) SELECT DISTINCT profile, number / 1024 FROM audit WHERE profile IS NOT NULL;

CREATE TRIGGER audit_profiles_update BEFORE UPDATE ON audit_profiles
BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_profiles_delete BEFORE DELETE ON audit_profiles
WHEN NOT EXISTS (SELECT 1 FROM audit_floor WHERE OLD.block * 1024 <= number)
BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;

-- The log again, without a reference from its entries to the profiles: without an index, SQLite would read the whole log for each deleted
-- profile.
CREATE TABLE audit_2 (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    application_id TEXT,
    subject TEXT,
    details TEXT,
    source TEXT,
    profile INTEGER,
    validity INTEGER
) STRICT;

INSERT INTO audit_2 (number, at, actor, action, application_id, subject, details, source, profile, validity)
SELECT number, at, actor, action, application_id, subject, details, source, profile, validity FROM audit ORDER BY number;

-- It names the table, which does not exist for a moment.
DROP TRIGGER audit_floor_update;
DROP TABLE audit;

ALTER TABLE audit_2 RENAME TO audit;

CREATE INDEX audit_by_application ON audit (application_id, number) WHERE application_id IS NOT NULL;

CREATE TRIGGER audit_update BEFORE UPDATE ON audit BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_delete BEFORE DELETE ON audit
WHEN NOT EXISTS (SELECT 1 FROM audit_floor WHERE OLD.number <= number AND OLD.at < at)
BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_floor_update BEFORE UPDATE ON audit_floor
WHEN NEW.number < OLD.number OR NEW.at < OLD.at OR NEW.entry <= NEW.number OR NOT EXISTS (
    SELECT 1 FROM audit
    WHERE number = NEW.entry AND action = 'audit.prune' AND subject = CAST(NEW.number AS TEXT) AND at >= NEW.at
)
BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;
