-- The twentieth step: processes keep in memory what a grant of tokens depends on, for each client, and must notice that another process
-- has changed it. `catalogue` counts these changes. A new application or key set needs no count: its client is in no memory.
ALTER TABLE revision ADD COLUMN catalogue INTEGER NOT NULL DEFAULT 0;

CREATE TRIGGER catalogue_settings AFTER UPDATE ON settings BEGIN UPDATE revision SET catalogue = catalogue + 1; END;

CREATE TRIGGER catalogue_signers_insert AFTER INSERT ON signers BEGIN UPDATE revision SET catalogue = catalogue + 1; END;
CREATE TRIGGER catalogue_signers_update AFTER UPDATE ON signers BEGIN UPDATE revision SET catalogue = catalogue + 1; END;
CREATE TRIGGER catalogue_signers_delete AFTER DELETE ON signers BEGIN UPDATE revision SET catalogue = catalogue + 1; END;

CREATE TRIGGER catalogue_signing_keys_update AFTER UPDATE ON signing_keys BEGIN UPDATE revision SET catalogue = catalogue + 1; END;
CREATE TRIGGER catalogue_signing_keys_delete AFTER DELETE ON signing_keys BEGIN UPDATE revision SET catalogue = catalogue + 1; END;

CREATE TRIGGER catalogue_applications_update AFTER UPDATE ON applications BEGIN UPDATE revision SET catalogue = catalogue + 1; END;
CREATE TRIGGER catalogue_applications_delete AFTER DELETE ON applications BEGIN UPDATE revision SET catalogue = catalogue + 1; END;

CREATE TRIGGER catalogue_key_sets_update AFTER UPDATE ON key_sets BEGIN UPDATE revision SET catalogue = catalogue + 1; END;
CREATE TRIGGER catalogue_key_sets_delete AFTER DELETE ON key_sets BEGIN UPDATE revision SET catalogue = catalogue + 1; END;

CREATE TRIGGER catalogue_secrets_insert AFTER INSERT ON consumer_secrets BEGIN UPDATE revision SET catalogue = catalogue + 1; END;
CREATE TRIGGER catalogue_secrets_update AFTER UPDATE ON consumer_secrets BEGIN UPDATE revision SET catalogue = catalogue + 1; END;
CREATE TRIGGER catalogue_secrets_delete AFTER DELETE ON consumer_secrets BEGIN UPDATE revision SET catalogue = catalogue + 1; END;

CREATE TRIGGER catalogue_subscriptions_insert AFTER INSERT ON subscriptions BEGIN UPDATE revision SET catalogue = catalogue + 1; END;
CREATE TRIGGER catalogue_subscriptions_update AFTER UPDATE ON subscriptions BEGIN UPDATE revision SET catalogue = catalogue + 1; END;
CREATE TRIGGER catalogue_subscriptions_delete AFTER DELETE ON subscriptions BEGIN UPDATE revision SET catalogue = catalogue + 1; END;

CREATE TRIGGER catalogue_scopes_insert AFTER INSERT ON scopes BEGIN UPDATE revision SET catalogue = catalogue + 1; END;
CREATE TRIGGER catalogue_scopes_update AFTER UPDATE ON scopes BEGIN UPDATE revision SET catalogue = catalogue + 1; END;
CREATE TRIGGER catalogue_scopes_delete AFTER DELETE ON scopes BEGIN UPDATE revision SET catalogue = catalogue + 1; END;

CREATE TRIGGER catalogue_approvals_insert AFTER INSERT ON scope_approvals BEGIN UPDATE revision SET catalogue = catalogue + 1; END;
CREATE TRIGGER catalogue_approvals_update AFTER UPDATE ON scope_approvals BEGIN UPDATE revision SET catalogue = catalogue + 1; END;
CREATE TRIGGER catalogue_approvals_delete AFTER DELETE ON scope_approvals BEGIN UPDATE revision SET catalogue = catalogue + 1; END;

CREATE TRIGGER catalogue_members_insert AFTER INSERT ON members BEGIN UPDATE revision SET catalogue = catalogue + 1; END;
CREATE TRIGGER catalogue_members_update AFTER UPDATE ON members BEGIN UPDATE revision SET catalogue = catalogue + 1; END;
CREATE TRIGGER catalogue_members_delete AFTER DELETE ON members BEGIN UPDATE revision SET catalogue = catalogue + 1; END;
