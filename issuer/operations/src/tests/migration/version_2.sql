-- A database of version 2, as `postern` of that version left it; the master key of its signing keys, one consumer secret and two tokens stand in
-- the test. An application got sandbox keys, whose token was revoked; its signing key was followed by another, and retired. It subscribed to an API and
-- got production keys; its client obtained a token for one scope; a third key signed; its token was regenerated; a fourth key was published.
-- Another application got keys and was deleted.
PRAGMA foreign_keys = OFF;
BEGIN TRANSACTION;
CREATE TABLE apis (
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    document TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (name, version)
) STRICT;
INSERT INTO "apis" VALUES('pizza','1.0.0','{"name":"pizza","version":"1.0.0","context":"/pizza/1.0.0"}',1795306125);
CREATE TABLE applications (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    application_validity INTEGER NOT NULL,
    user_validity INTEGER NOT NULL,
    created_at INTEGER NOT NULL
, deleted_at INTEGER) STRICT;
INSERT INTO "applications" VALUES('app_24qsgv41td4yrv1jeqrr','Old app',3600,3600,1795306125,NULL);
INSERT INTO "applications" VALUES('app_se10q29hhsgdsf5kyhqj','Gone app',3600,3600,1795306125,1795306129);
CREATE TABLE edge_keys (
    name TEXT PRIMARY KEY,
    key_hash BLOB NOT NULL UNIQUE CHECK (length(key_hash) = 32),
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO "edge_keys" VALUES('edge-1',X'BCEFD2CA5B145410C66EBBEAAD42EF0EC1FEB3EF6EA347A639FBF34B07FCB321',1795306129);
CREATE TABLE key_sets (
    consumer_key TEXT PRIMARY KEY,
    application_id TEXT NOT NULL REFERENCES applications (id),
    key_type TEXT NOT NULL CHECK (key_type IN ('production', 'sandbox')),
    secret_hash BLOB NOT NULL CHECK (length(secret_hash) = 32),
    domains TEXT,
    ips TEXT,
    scopes TEXT,
    validity INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (application_id, key_type)
) STRICT;
INSERT INTO "key_sets" VALUES('ck_6dvdqhndzchbx9v7cccem3e4ae','app_24qsgv41td4yrv1jeqrr','sandbox',X'18CEC10228AB11205C4646B532C699EE284B7ADC002195EE744BB5DC00368F06',NULL,NULL,NULL,3600,1795306125);
INSERT INTO "key_sets" VALUES('ck_0a018kcrdntqggzdnry0b1fbps','app_24qsgv41td4yrv1jeqrr','production',X'4576E7D2F05BD0CB86A9203A11A19077442889A91FF37192290FA4840DB3410B','["app.example"]','["192.0.2.0/24"]','orders menu',-1,1795306125);
CREATE TABLE revision (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    number INTEGER NOT NULL
) STRICT;
INSERT INTO "revision" VALUES(1,15);
CREATE TABLE settings (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    issuer TEXT NOT NULL,
    audience TEXT NOT NULL,
    application_validity INTEGER NOT NULL,
    user_validity INTEGER NOT NULL
) STRICT;
INSERT INTO "settings" VALUES(1,'https://issuer.example','https://api.example',3600,3600);
CREATE TABLE "signing_keys" (
    kid TEXT PRIMARY KEY,
    algorithm TEXT NOT NULL CHECK (algorithm IN ('HS256', 'ES256', 'EdDSA')),
    state TEXT NOT NULL CHECK (state IN ('published', 'signing', 'retired')),
    sealed BLOB CHECK ((sealed IS NULL) = (state = 'retired')),
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO "signing_keys" VALUES('t4t95a8166m19stv','HS256','retired',NULL,1795306125);
INSERT INTO "signing_keys" VALUES('9q4rb0p8qmfk0q43','ES256','published',X'EC5F62711DB3470BF676AA6A4C773CDC2C0F21E87A4FE4D9119630C4CD03AD476D7A0276AEDC29475CC8BA6BA658822A134FF37FC5E62D85DF1C5F6A0D3AC2E29CE3AB69ECDFC9DE',1795306125);
INSERT INTO "signing_keys" VALUES('myy2dtm8kg5vzbmh','EdDSA','signing',X'0D9F8F861914EC0CFBEA23B2F2FB1652939B4A3A3E015760D505926D0661DF502FDE2BC6D0426C6B5BC11382135016EB8BFD06D51CD299C5EFED01E4B78108448A3EA44F3FB7BBA0',1795306128);
INSERT INTO "signing_keys" VALUES('gknz66xjymemev6n','ES256','published',X'9594BC81B443903218F5BFDD735CE91A2B8901A49FD2CAD39CB7291B0B0A07DBAC2FB3115A4409BF5E241E0F5EF5AD63D14B539C6C3D035E5610DC7E88445CE8EDB33D2566ABC8E2',1795306129);
CREATE TABLE status_list_bits (
    list_id INTEGER PRIMARY KEY REFERENCES status_lists (id),
    bits BLOB NOT NULL CHECK (length(bits) = 16384)
) STRICT;
INSERT INTO status_list_bits VALUES(1,CAST(X'13' || zeroblob(16383) AS BLOB));
CREATE TABLE status_lists (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    next_index INTEGER NOT NULL CHECK (next_index BETWEEN 0 AND 131072),
    last_expiry INTEGER NOT NULL,
    version TEXT NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;
INSERT INTO "status_lists" VALUES(1,5,9223372036854775807,'k25dALQHgE9W0NkbkofoWw',1795306129);
CREATE TABLE subscriptions (
    application_id TEXT NOT NULL REFERENCES applications (id),
    api_name TEXT NOT NULL,
    api_version TEXT NOT NULL,
    tier TEXT NOT NULL REFERENCES tiers (name),
    created_at INTEGER NOT NULL, since_token INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (application_id, api_name, api_version),
    FOREIGN KEY (api_name, api_version) REFERENCES apis (name, version)
) STRICT;
INSERT INTO "subscriptions" VALUES('app_24qsgv41td4yrv1jeqrr','pizza','1.0.0','gold',1795306125,1);
CREATE TABLE tiers (
    name TEXT PRIMARY KEY
) STRICT;
INSERT INTO "tiers" VALUES('gold');
INSERT INTO "tiers" VALUES('silver');
INSERT INTO "tiers" VALUES('bronze');
INSERT INTO "tiers" VALUES('unlimited');
CREATE TABLE "tokens" (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    application_id TEXT NOT NULL REFERENCES applications (id),
    consumer_key TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('application', 'user')),
    key_type TEXT NOT NULL CHECK (key_type IN ('production', 'sandbox')),
    obtained TEXT NOT NULL CHECK (obtained IN ('generated', 'regenerated', 'client_credentials')),
    domains TEXT,
    ips TEXT,
    scopes TEXT,
    issued_at INTEGER NOT NULL,
    expires_at INTEGER,
    state TEXT NOT NULL CHECK (state IN ('active', 'replaced', 'revoked')),
    kid TEXT NOT NULL,
    status_list INTEGER,
    status_index INTEGER,
    CHECK ((status_list IS NULL) = (status_index IS NULL))
) STRICT;
INSERT INTO "tokens" VALUES(1,'n2xcyqjrb8xmjk8qmja6ykrxds','app_24qsgv41td4yrv1jeqrr','ck_6dvdqhndzchbx9v7cccem3e4ae','application','sandbox','generated',NULL,NULL,NULL,1795306125,1795309725,'revoked','t4t95a8166m19stv',1,0);
INSERT INTO "tokens" VALUES(2,'nd9z86evam1qh6jgdc3wkdv01c','app_24qsgv41td4yrv1jeqrr','ck_0a018kcrdntqggzdnry0b1fbps','application','production','generated','["app.example"]','["192.0.2.0/24"]','orders menu',1795306125,NULL,'replaced','9q4rb0p8qmfk0q43',1,1);
INSERT INTO "tokens" VALUES(3,'92p6hmtw4q1mp85t2gtdkcjhqs','app_24qsgv41td4yrv1jeqrr','ck_0a018kcrdntqggzdnry0b1fbps','application','production','client_credentials','["app.example"]','["192.0.2.0/24"]','menu',1795306128,NULL,'active','9q4rb0p8qmfk0q43',1,2);
INSERT INTO "tokens" VALUES(4,'07my85y6c4ckd49bz3pfkv81hf','app_24qsgv41td4yrv1jeqrr','ck_0a018kcrdntqggzdnry0b1fbps','application','production','regenerated','["app.example"]','["192.0.2.0/24"]','orders menu',1795306129,NULL,'active','myy2dtm8kg5vzbmh',1,3);
INSERT INTO "tokens" VALUES(5,'4znw12rvhsafezhgpw12s27jz1','app_se10q29hhsgdsf5kyhqj','ck_2y1q85h15xeen2k32m11f1dbsk','application','production','generated',NULL,NULL,NULL,1795306129,1795309729,'revoked','myy2dtm8kg5vzbmh',1,4);
CREATE UNIQUE INDEX one_key_signs ON signing_keys (state) WHERE state = 'signing';
CREATE INDEX tokens_by_application ON tokens (application_id, issued_at);
CREATE UNIQUE INDEX one_shown_token ON tokens (consumer_key)
WHERE state = 'active' AND obtained IN ('generated', 'regenerated');
CREATE TRIGGER settings_update AFTER UPDATE OF issuer, audience ON settings
BEGIN UPDATE revision SET number = number + 1; END;
CREATE TRIGGER apis_insert AFTER INSERT ON apis BEGIN UPDATE revision SET number = number + 1; END;
CREATE TRIGGER apis_update AFTER UPDATE ON apis BEGIN UPDATE revision SET number = number + 1; END;
CREATE TRIGGER apis_delete AFTER DELETE ON apis BEGIN UPDATE revision SET number = number + 1; END;
CREATE TRIGGER signing_keys_insert AFTER INSERT ON signing_keys BEGIN UPDATE revision SET number = number + 1; END;
CREATE TRIGGER signing_keys_update AFTER UPDATE ON signing_keys BEGIN UPDATE revision SET number = number + 1; END;
CREATE TRIGGER signing_keys_delete AFTER DELETE ON signing_keys BEGIN UPDATE revision SET number = number + 1; END;
CREATE TRIGGER status_lists_insert AFTER INSERT ON status_lists BEGIN UPDATE revision SET number = number + 1; END;
CREATE TRIGGER status_lists_update AFTER UPDATE OF version ON status_lists
BEGIN UPDATE revision SET number = number + 1; END;
CREATE TRIGGER status_lists_delete AFTER DELETE ON status_lists BEGIN UPDATE revision SET number = number + 1; END;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('tokens',5);
INSERT INTO "sqlite_sequence" VALUES('status_lists',1);
COMMIT;
PRAGMA user_version = 2;
