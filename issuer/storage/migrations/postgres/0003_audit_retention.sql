-- Described in the fifth step of `sqlite`.

CREATE TABLE audit_floor (
    number BIGINT NOT NULL,
    at BIGINT NOT NULL,
    entry BIGINT NOT NULL
);

INSERT INTO audit_floor VALUES (0, 0, 0);

CREATE FUNCTION guard_audit_floor() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.number < OLD.number OR NEW.at < OLD.at OR NEW.entry <= NEW.number OR NOT EXISTS (
        SELECT 1 FROM audit
        WHERE audit.number = NEW.entry AND audit.action = 'audit.prune' AND audit.subject = NEW.number::TEXT
        AND audit.at >= NEW.at
    ) THEN
        RAISE EXCEPTION 'the audit log is append-only';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER audit_floor_update BEFORE UPDATE ON audit_floor FOR EACH ROW EXECUTE FUNCTION guard_audit_floor();
CREATE TRIGGER audit_floor_change BEFORE INSERT OR DELETE ON audit_floor
    FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER audit_floor_truncate BEFORE TRUNCATE ON audit_floor
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

CREATE FUNCTION refuse_audit_removal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM audit_floor WHERE OLD.number <= audit_floor.number AND OLD.at < audit_floor.at) THEN
        RAISE EXCEPTION 'the audit log is append-only';
    END IF;
    RETURN OLD;
END $$;

DROP TRIGGER audit_change ON audit;
CREATE TRIGGER audit_update BEFORE UPDATE ON audit FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER audit_delete BEFORE DELETE ON audit FOR EACH ROW EXECUTE FUNCTION refuse_audit_removal();
