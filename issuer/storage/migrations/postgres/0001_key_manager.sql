-- The tables of a PostgreSQL database, equal to the tables after the third step in `sqlite`; the steps there describe them.
-- `rowid` is the number that SQLite gives to every row by itself.

CREATE TABLE settings (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    issuer TEXT NOT NULL,
    audience TEXT NOT NULL,
    application_validity BIGINT NOT NULL,
    user_validity BIGINT NOT NULL,
    forever_allowed BIGINT NOT NULL DEFAULT 1 CHECK (forever_allowed IN (0, 1)),
    renew_below BIGINT NOT NULL DEFAULT 10 CHECK (renew_below BETWEEN 0 AND 100),
    key_rotation BIGINT CHECK (key_rotation > 0),
    key_publish_ahead BIGINT NOT NULL DEFAULT 86400 CHECK (key_publish_ahead >= 0)
);

CREATE TABLE signing_keys (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kid TEXT NOT NULL UNIQUE,
    algorithm TEXT NOT NULL CHECK (algorithm IN ('HS256', 'ES256', 'EdDSA', 'RS256')),
    retired BIGINT NOT NULL CHECK (retired IN (0, 1)),
    sealed BYTEA CHECK ((sealed IS NULL) = (retired = 1)),
    planned_for TEXT CHECK (planned_for IN ('production', 'sandbox')),
    stopped_at BIGINT,
    created_at BIGINT NOT NULL
);

CREATE TABLE signers (
    key_type TEXT PRIMARY KEY CHECK (key_type IN ('production', 'sandbox')),
    kid TEXT NOT NULL,
    since BIGINT NOT NULL
);

CREATE TABLE applications (
    rowid BIGINT GENERATED ALWAYS AS IDENTITY UNIQUE,
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    application_validity BIGINT NOT NULL,
    user_validity BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    deleted_at BIGINT,
    state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'blocked')),
    owner TEXT
);

CREATE TABLE key_sets (
    consumer_key TEXT PRIMARY KEY,
    application_id TEXT NOT NULL REFERENCES applications (id),
    key_type TEXT NOT NULL CHECK (key_type IN ('production', 'sandbox')),
    domains TEXT,
    ips TEXT,
    scopes TEXT,
    validity BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    grant_types TEXT NOT NULL DEFAULT 'client_credentials',
    redirect_uris TEXT,
    UNIQUE (application_id, key_type)
);

CREATE TABLE consumer_secrets (
    rowid BIGINT GENERATED ALWAYS AS IDENTITY UNIQUE,
    id TEXT PRIMARY KEY,
    consumer_key TEXT NOT NULL REFERENCES key_sets (consumer_key) ON DELETE CASCADE,
    secret_hash BYTEA NOT NULL CHECK (length(secret_hash) = 32),
    created_at BIGINT NOT NULL,
    expires_at BIGINT
);

CREATE INDEX consumer_secrets_by_key ON consumer_secrets (consumer_key, created_at);

CREATE TABLE apis (
    name TEXT COLLATE "C" NOT NULL,
    version TEXT COLLATE "C" NOT NULL,
    document TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    approval BIGINT NOT NULL DEFAULT 0 CHECK (approval IN (0, 1)),
    PRIMARY KEY (name, version)
);

CREATE TABLE tiers (
    name TEXT COLLATE "C" PRIMARY KEY,
    description TEXT,
    requests BIGINT CHECK (requests > 0),
    seconds BIGINT CHECK (seconds > 0),
    CHECK ((requests IS NULL) = (seconds IS NULL))
);

INSERT INTO tiers (name) VALUES ('gold'), ('silver'), ('bronze'), ('unlimited');

CREATE TABLE subscriptions (
    application_id TEXT NOT NULL REFERENCES applications (id),
    api_name TEXT COLLATE "C" NOT NULL,
    api_version TEXT COLLATE "C" NOT NULL,
    tier TEXT NOT NULL REFERENCES tiers (name),
    created_at BIGINT NOT NULL,
    since_token BIGINT NOT NULL DEFAULT 0,
    state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'blocked', 'waiting')),
    PRIMARY KEY (application_id, api_name, api_version),
    FOREIGN KEY (api_name, api_version) REFERENCES apis (name, version)
);

CREATE TABLE tokens (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    application_id TEXT NOT NULL REFERENCES applications (id),
    consumer_key TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('application', 'user')),
    key_type TEXT NOT NULL CHECK (key_type IN ('production', 'sandbox')),
    obtained TEXT NOT NULL CHECK (obtained IN ('generated', 'regenerated', 'client_credentials')),
    domains TEXT,
    ips TEXT,
    scopes TEXT,
    issued_at BIGINT NOT NULL,
    expires_at BIGINT,
    state TEXT NOT NULL CHECK (state IN ('active', 'replaced', 'revoked')),
    kid TEXT NOT NULL,
    status_list BIGINT,
    status_index BIGINT,
    apis TEXT,
    current BIGINT NOT NULL DEFAULT 0 CHECK (current IN (0, 1)),
    minted_by TEXT,
    CHECK ((status_list IS NULL) = (status_index IS NULL))
);

CREATE INDEX tokens_by_application ON tokens (application_id, issued_at);
CREATE UNIQUE INDEX one_shown_token ON tokens (consumer_key) WHERE state = 'active' AND obtained IN ('generated', 'regenerated');
CREATE UNIQUE INDEX one_current_token ON tokens (consumer_key, kind, coalesce(scopes, '')) WHERE current = 1;
CREATE INDEX tokens_by_expiry ON tokens (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE edge_keys (
    name TEXT COLLATE "C" PRIMARY KEY,
    key_hash BYTEA NOT NULL UNIQUE CHECK (length(key_hash) = 32),
    created_at BIGINT NOT NULL
);

CREATE TABLE status_lists (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    next_index BIGINT NOT NULL CHECK (next_index BETWEEN 0 AND 131072),
    last_expiry BIGINT NOT NULL,
    version TEXT NOT NULL,
    changed_at BIGINT NOT NULL
);

CREATE TABLE status_list_bits (
    list_id BIGINT PRIMARY KEY REFERENCES status_lists (id),
    bits BYTEA NOT NULL CHECK (length(bits) = 16384)
);

CREATE TABLE members (
    name TEXT COLLATE "C" PRIMARY KEY,
    role TEXT NOT NULL CHECK (role IN ('administrator', 'developer', 'auditor')),
    created_at BIGINT NOT NULL
);

CREATE TABLE personal_access_tokens (
    rowid BIGINT GENERATED ALWAYS AS IDENTITY UNIQUE,
    id TEXT PRIMARY KEY,
    member TEXT NOT NULL REFERENCES members (name) ON DELETE CASCADE,
    description TEXT NOT NULL,
    token_hash BYTEA NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    created_at BIGINT NOT NULL,
    expires_at BIGINT
);

CREATE INDEX personal_access_tokens_by_member ON personal_access_tokens (member, created_at);

CREATE TABLE audit (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    application_id TEXT,
    subject TEXT,
    details TEXT
);

CREATE INDEX audit_by_application ON audit (application_id, number) WHERE application_id IS NOT NULL;

CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only';
END $$;

CREATE TRIGGER audit_change BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

CREATE TABLE idempotency (
    actor TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint BYTEA NOT NULL CHECK (length(fingerprint) = 32),
    answer BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (actor, key)
);

CREATE INDEX idempotency_by_age ON idempotency (created_at);

CREATE TABLE revision (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    number BIGINT NOT NULL
);

INSERT INTO revision (id, number) VALUES (1, 0);

CREATE FUNCTION count_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE revision SET number = number + 1;
    RETURN NULL;
END $$;

CREATE TRIGGER settings_update AFTER UPDATE OF issuer, audience ON settings FOR EACH ROW EXECUTE FUNCTION count_revision();
CREATE TRIGGER apis_change AFTER INSERT OR UPDATE OR DELETE ON apis FOR EACH ROW EXECUTE FUNCTION count_revision();
CREATE TRIGGER signing_keys_change AFTER INSERT OR UPDATE OR DELETE ON signing_keys FOR EACH ROW EXECUTE FUNCTION count_revision();
CREATE TRIGGER signers_change AFTER INSERT OR UPDATE ON signers FOR EACH ROW EXECUTE FUNCTION count_revision();
CREATE TRIGGER status_lists_change AFTER INSERT OR DELETE ON status_lists FOR EACH ROW EXECUTE FUNCTION count_revision();
CREATE TRIGGER status_lists_update AFTER UPDATE OF version ON status_lists FOR EACH ROW EXECUTE FUNCTION count_revision();
