-- Described in the twenty-third step of `sqlite`.

DROP INDEX tokens_by_profile;
DROP INDEX live_tokens_by_profile;

CREATE INDEX tokens_by_profile ON tokens (
    profile, (CASE WHEN state = 'active' THEN coalesce(expires_at, 9223372036854775807) END), issued_at
);

CREATE TABLE audit_profiles (
    profile BIGINT NOT NULL REFERENCES token_profiles (number),
    block BIGINT NOT NULL,
    PRIMARY KEY (profile, block)
);

INSERT INTO audit_profiles (profile, block) SELECT DISTINCT profile, number / 1024 FROM audit WHERE profile IS NOT NULL;

CREATE FUNCTION refuse_audit_profile_removal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM audit_floor WHERE OLD.block * 1024 <= audit_floor.number) THEN
        RAISE EXCEPTION 'the audit log is append-only';
    END IF;
    RETURN OLD;
END $$;

CREATE TRIGGER audit_profiles_update BEFORE UPDATE ON audit_profiles FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER audit_profiles_delete BEFORE DELETE ON audit_profiles
    FOR EACH ROW EXECUTE FUNCTION refuse_audit_profile_removal();
CREATE TRIGGER audit_profiles_truncate BEFORE TRUNCATE ON audit_profiles
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

ALTER TABLE audit DROP CONSTRAINT audit_profile_fkey;
DROP INDEX audit_by_profile;
