-- Described in the twenty-second step of `sqlite`.

ALTER TABLE audit ADD COLUMN profile BIGINT REFERENCES token_profiles (number);
ALTER TABLE audit ADD COLUMN validity BIGINT;

CREATE INDEX audit_by_profile ON audit (profile, number) WHERE profile IS NOT NULL;
