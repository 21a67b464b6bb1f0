-- Described in the seventh step of `sqlite`.

CREATE TABLE write_probe (
    number BIGINT NOT NULL,
    filler BYTEA NOT NULL
);

-- Not compressed, so that it takes as much room as it is long.
ALTER TABLE write_probe ALTER COLUMN filler SET STORAGE EXTERNAL;

INSERT INTO write_probe VALUES (0, '');

CREATE INDEX live_tokens_by_client ON tokens (consumer_key, expires_at) WHERE state = 'active';

CREATE INDEX waiting_device_codes_by_client ON device_codes (consumer_key, expires_at) WHERE state = 'waiting';

CREATE INDEX applications_with_passwords ON applications (id) WHERE passwords = 1;
