-- The twenty-second step: the audit entry of a token that a client obtained itself is short. It names the token's profile, which has the
-- actor, the application and most details; its own columns for them are empty. `validity` is in seconds, negative for a token that never
-- expires. Such an entry keeps its profile when the token is pruned.
ALTER TABLE audit ADD COLUMN profile INTEGER REFERENCES token_profiles (number);
ALTER TABLE audit ADD COLUMN validity INTEGER;

CREATE INDEX audit_by_profile ON audit (profile, number) WHERE profile IS NOT NULL;

-- What a grant to a user depends on is in memory too.
CREATE TRIGGER catalogue_scope_roles_insert AFTER INSERT ON scope_roles BEGIN UPDATE revision SET catalogue = catalogue + 1; END;
CREATE TRIGGER catalogue_scope_roles_update AFTER UPDATE ON scope_roles BEGIN UPDATE revision SET catalogue = catalogue + 1; END;
CREATE TRIGGER catalogue_scope_roles_delete AFTER DELETE ON scope_roles BEGIN UPDATE revision SET catalogue = catalogue + 1; END;
