-- Described in the tenth step of `sqlite`.

ALTER TABLE security_events ADD COLUMN network TEXT COLLATE "C" NOT NULL DEFAULT '';

UPDATE security_events SET network = source;

DROP INDEX security_events_by_source;

CREATE INDEX security_events_by_network ON security_events (hour, event, network);

CREATE INDEX obtained_tokens_by_client ON tokens (consumer_key, issued_at) WHERE obtained = 'client_credentials';

ALTER TABLE applications ADD COLUMN left_role TEXT;
