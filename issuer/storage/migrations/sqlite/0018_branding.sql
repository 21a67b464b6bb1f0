-- The live tokens of each signing key: how many there are, when the last one expires, and whether there is any.
CREATE INDEX live_tokens_by_signing_key ON tokens (kid, expires_at) WHERE state = 'active';

-- The branding of the pages: one row, once something was set. NULL is the default.
CREATE TABLE branding (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    name TEXT,
    logo BLOB CHECK (length(logo) <= 65536),
    accent TEXT,
    help_url TEXT,
    privacy_url TEXT,
    terms_url TEXT,
    sign_in_text_en TEXT,
    sign_in_text_de TEXT,
    version INTEGER NOT NULL
) STRICT;
