-- The Unix time at which the issuer's history began: it was initialised, or recovered from an older copy. Revisions are counted
-- within an epoch. 0 is a database from before there were epochs.
ALTER TABLE revision ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;

-- The keys that sign bundles, and nothing else. `public` is the public key as a JWK, for edges to pin. One of them signs.
CREATE TABLE bundle_keys (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    kid TEXT NOT NULL UNIQUE,
    algorithm TEXT NOT NULL CHECK (algorithm IN ('ES256', 'EdDSA')),
    public TEXT NOT NULL,
    sealed BLOB NOT NULL,
    signs INTEGER NOT NULL CHECK (signs IN (0, 1)),
    created_at INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX one_bundle_key_signs ON bundle_keys (signs) WHERE signs = 1;

CREATE TRIGGER bundle_keys_insert AFTER INSERT ON bundle_keys BEGIN UPDATE revision SET number = number + 1; END;
CREATE TRIGGER bundle_keys_update AFTER UPDATE OF signs ON bundle_keys BEGIN UPDATE revision SET number = number + 1; END;

-- The environment whose bundle an edge key fetches. An edge key from before has none, and fetches every bundle.
ALTER TABLE edge_keys ADD COLUMN environment TEXT CHECK (environment IN ('production', 'sandbox', 'both'));

-- The environments whose tokens a signing key signs, has signed or is to sign. What a key from before has signed is not known, so it
-- counts for both.
ALTER TABLE signing_keys ADD COLUMN for_production INTEGER NOT NULL DEFAULT 1 CHECK (for_production IN (0, 1));
ALTER TABLE signing_keys ADD COLUMN for_sandbox INTEGER NOT NULL DEFAULT 1 CHECK (for_sandbox IN (0, 1));
