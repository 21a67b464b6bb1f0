-- A row that is changed to find out whether the database can be written to. A statement that changes nothing would not tell: SQLite does
-- not write a page that stays the same. `filler` is changed too where a larger write is to be tried.
CREATE TABLE write_probe (
    number INTEGER NOT NULL,
    filler BLOB NOT NULL
) STRICT;

INSERT INTO write_probe VALUES (0, x'');

-- The live tokens of a client, and its device codes that wait for a user. Both are counted before another one is stored.
CREATE INDEX live_tokens_by_client ON tokens (consumer_key, expires_at) WHERE state = 'active';

CREATE INDEX waiting_device_codes_by_client ON device_codes (consumer_key, expires_at) WHERE state = 'waiting';

-- The few applications that may ask for passwords, for the metadata.
CREATE INDEX applications_with_passwords ON applications (id) WHERE passwords = 1;
