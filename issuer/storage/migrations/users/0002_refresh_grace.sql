-- `parent_hash` is the hash of the refresh token for which this one was issued; NULL for the first one of a grant. `superseded_at` is when
-- this one was replaced although it had not been used: its parent, or another successor of its parent, was used again.
ALTER TABLE "refresh_tokens@" ADD COLUMN parent_hash {bytes};
ALTER TABLE "refresh_tokens@" ADD COLUMN superseded_at {number};

DROP INDEX "one_refresh_token@";
CREATE UNIQUE INDEX "one_refresh_token@" ON "refresh_tokens@" (grant_id) WHERE spent_at IS NULL AND superseded_at IS NULL;
