-- The longest validity of tokens in seconds; NULL means no maximum, which is what an issuer had before this step.
ALTER TABLE settings ADD COLUMN max_application_validity INTEGER CHECK (max_application_validity > 0);
ALTER TABLE settings ADD COLUMN max_user_validity INTEGER CHECK (max_user_validity > 0);

-- The tiers that an API offers, separated by spaces; NULL means every tier.
ALTER TABLE apis ADD COLUMN tiers TEXT;

-- Whether a subscription at the tier must be approved before it is valid.
ALTER TABLE tiers ADD COLUMN approval INTEGER NOT NULL DEFAULT 0 CHECK (approval IN (0, 1));

-- The scopes that the issuer has a rule for; `scope_roles` has the roles of users for each. Only applications whose owner has one of
-- `member_roles`, which are separated by spaces, may have the scope; NULL means every application. With `approval` an administrator must
-- approve the scope for each key set.
CREATE TABLE scopes (
    scope TEXT PRIMARY KEY,
    member_roles TEXT,
    approval INTEGER NOT NULL CHECK (approval IN (0, 1))
) STRICT;

INSERT INTO scopes (scope, approval) SELECT DISTINCT scope, 0 FROM scope_roles;

CREATE TABLE scope_approvals (
    consumer_key TEXT NOT NULL REFERENCES key_sets (consumer_key) ON DELETE CASCADE,
    scope TEXT NOT NULL,
    approved_at INTEGER NOT NULL,
    PRIMARY KEY (consumer_key, scope)
) STRICT;

-- Edges enforce the maximum validities, so they must learn of a change.
CREATE TRIGGER settings_max_validity AFTER UPDATE OF max_application_validity, max_user_validity ON settings
WHEN OLD.max_application_validity IS NOT NEW.max_application_validity OR OLD.max_user_validity IS NOT NEW.max_user_validity
BEGIN UPDATE revision SET number = number + 1; END;
