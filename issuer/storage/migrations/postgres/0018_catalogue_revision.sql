-- Described in the twentieth step of `sqlite`.

ALTER TABLE revision ADD COLUMN catalogue BIGINT NOT NULL DEFAULT 0;

CREATE FUNCTION count_catalogue() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE revision SET catalogue = catalogue + 1;
    RETURN NULL;
END $$;

CREATE TRIGGER catalogue_settings AFTER UPDATE ON settings FOR EACH ROW EXECUTE FUNCTION count_catalogue();
CREATE TRIGGER catalogue_signers AFTER INSERT OR UPDATE OR DELETE ON signers FOR EACH ROW EXECUTE FUNCTION count_catalogue();
CREATE TRIGGER catalogue_signing_keys AFTER UPDATE OR DELETE ON signing_keys FOR EACH ROW EXECUTE FUNCTION count_catalogue();
CREATE TRIGGER catalogue_applications AFTER UPDATE OR DELETE ON applications FOR EACH ROW EXECUTE FUNCTION count_catalogue();
CREATE TRIGGER catalogue_key_sets AFTER UPDATE OR DELETE ON key_sets FOR EACH ROW EXECUTE FUNCTION count_catalogue();
CREATE TRIGGER catalogue_secrets AFTER INSERT OR UPDATE OR DELETE ON consumer_secrets FOR EACH ROW EXECUTE FUNCTION count_catalogue();
CREATE TRIGGER catalogue_subscriptions AFTER INSERT OR UPDATE OR DELETE ON subscriptions FOR EACH ROW EXECUTE FUNCTION count_catalogue();
CREATE TRIGGER catalogue_scopes AFTER INSERT OR UPDATE OR DELETE ON scopes FOR EACH ROW EXECUTE FUNCTION count_catalogue();
CREATE TRIGGER catalogue_approvals AFTER INSERT OR UPDATE OR DELETE ON scope_approvals FOR EACH ROW EXECUTE FUNCTION count_catalogue();
CREATE TRIGGER catalogue_members AFTER INSERT OR UPDATE OR DELETE ON members FOR EACH ROW EXECUTE FUNCTION count_catalogue();
