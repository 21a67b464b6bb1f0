-- The floor of the audit log, one row: entries up to `number` that are older than `at` may be pruned. The floor only rises. It rises
-- only if `entry` is the number of an audit entry that records this pruning, so nothing is pruned without a record in the log.
CREATE TABLE audit_floor (
    number INTEGER NOT NULL,
    at INTEGER NOT NULL,
    entry INTEGER NOT NULL
) STRICT;

INSERT INTO audit_floor VALUES (0, 0, 0);

CREATE TRIGGER audit_floor_insert BEFORE INSERT ON audit_floor
BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_floor_delete BEFORE DELETE ON audit_floor
BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_floor_update BEFORE UPDATE ON audit_floor
WHEN NEW.number < OLD.number OR NEW.at < OLD.at OR NEW.entry <= NEW.number OR NOT EXISTS (
    SELECT 1 FROM audit
    WHERE number = NEW.entry AND action = 'audit.prune' AND subject = CAST(NEW.number AS TEXT) AND at >= NEW.at
)
BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;

DROP TRIGGER audit_delete;
CREATE TRIGGER audit_delete BEFORE DELETE ON audit
WHEN NOT EXISTS (SELECT 1 FROM audit_floor WHERE OLD.number <= number AND OLD.at < at)
BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;
