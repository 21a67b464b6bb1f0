-- Described in the eighteenth step of `sqlite`.

CREATE INDEX live_tokens_by_signing_key ON tokens (kid, expires_at) WHERE state = 'active';
