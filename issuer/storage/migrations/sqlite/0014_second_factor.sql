-- Whether users of local stores sign in with a second factor.
ALTER TABLE settings ADD COLUMN second_factor TEXT NOT NULL DEFAULT 'optional'
    CHECK (second_factor IN ('off', 'optional', 'required'));

-- Keys that seal what is in the tables of user stores, each sealed by the master key. So a change of the master key seals only these again,
-- in one transaction, although a user store may have its own database.
CREATE TABLE sealing_keys (
    name TEXT PRIMARY KEY,
    sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;
