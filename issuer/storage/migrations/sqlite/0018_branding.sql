-- The live tokens of each signing key: how many there are, when the last one expires, and whether there is any.
CREATE INDEX live_tokens_by_signing_key ON tokens (kid, expires_at) WHERE state = 'active';
