-- Described in the eighteenth step of `sqlite`.

CREATE INDEX live_tokens_by_signing_key ON tokens (kid, expires_at) WHERE state = 'active';

CREATE TABLE branding (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    name TEXT COLLATE "C",
    logo BYTEA CHECK (length(logo) <= 65536),
    accent TEXT COLLATE "C",
    help_url TEXT COLLATE "C",
    privacy_url TEXT COLLATE "C",
    terms_url TEXT COLLATE "C",
    sign_in_text_en TEXT COLLATE "C",
    sign_in_text_de TEXT COLLATE "C",
    version BIGINT NOT NULL
);
