-- The tokens that a client obtained for a user, which are counted before it obtains another one.
CREATE INDEX "obtained_tokens@" ON "tokens@" (consumer_key, name, issued_at);
