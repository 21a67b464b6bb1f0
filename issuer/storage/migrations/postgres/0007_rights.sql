-- Described in the ninth step of `sqlite`.

ALTER TABLE settings ADD COLUMN max_application_validity BIGINT CHECK (max_application_validity > 0);
ALTER TABLE settings ADD COLUMN max_user_validity BIGINT CHECK (max_user_validity > 0);

ALTER TABLE apis ADD COLUMN tiers TEXT;

ALTER TABLE tiers ADD COLUMN approval BIGINT NOT NULL DEFAULT 0 CHECK (approval IN (0, 1));

CREATE TABLE scopes (
    scope TEXT COLLATE "C" PRIMARY KEY,
    member_roles TEXT,
    approval BIGINT NOT NULL CHECK (approval IN (0, 1))
);

INSERT INTO scopes (scope, approval) SELECT DISTINCT scope, 0 FROM scope_roles;

CREATE TABLE scope_approvals (
    consumer_key TEXT NOT NULL REFERENCES key_sets (consumer_key) ON DELETE CASCADE,
    scope TEXT NOT NULL,
    approved_at BIGINT NOT NULL,
    PRIMARY KEY (consumer_key, scope)
);

-- Edges enforce the maximum validities, so they must learn of a change.
CREATE TRIGGER settings_max_validity AFTER UPDATE OF max_application_validity, max_user_validity ON settings FOR EACH ROW
WHEN (OLD.max_application_validity IS DISTINCT FROM NEW.max_application_validity
      OR OLD.max_user_validity IS DISTINCT FROM NEW.max_user_validity)
EXECUTE FUNCTION count_revision();
