-- As the sixth step of `sqlite` describes it.

ALTER TABLE revision ADD COLUMN epoch BIGINT NOT NULL DEFAULT 0;

CREATE TABLE bundle_keys (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kid TEXT NOT NULL UNIQUE,
    algorithm TEXT NOT NULL CHECK (algorithm IN ('ES256', 'EdDSA')),
    public TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    signs BIGINT NOT NULL CHECK (signs IN (0, 1)),
    created_at BIGINT NOT NULL
);

CREATE UNIQUE INDEX one_bundle_key_signs ON bundle_keys (signs) WHERE signs = 1;

CREATE TRIGGER bundle_keys_insert AFTER INSERT ON bundle_keys FOR EACH ROW EXECUTE FUNCTION count_revision();
CREATE TRIGGER bundle_keys_update AFTER UPDATE OF signs ON bundle_keys FOR EACH ROW EXECUTE FUNCTION count_revision();

ALTER TABLE edge_keys ADD COLUMN environment TEXT CHECK (environment IN ('production', 'sandbox', 'both'));

ALTER TABLE signing_keys ADD COLUMN for_production BIGINT NOT NULL DEFAULT 1 CHECK (for_production IN (0, 1));
ALTER TABLE signing_keys ADD COLUMN for_sandbox BIGINT NOT NULL DEFAULT 1 CHECK (for_sandbox IN (0, 1));
