-- Described in the twenty-second step of `sqlite`.

ALTER TABLE audit ADD COLUMN profile BIGINT REFERENCES token_profiles (number);
ALTER TABLE audit ADD COLUMN validity BIGINT;

CREATE INDEX audit_by_profile ON audit (profile, number) WHERE profile IS NOT NULL;

CREATE TRIGGER catalogue_scope_roles AFTER INSERT OR UPDATE OR DELETE ON scope_roles FOR EACH ROW EXECUTE FUNCTION count_catalogue();
