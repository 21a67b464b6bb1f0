-- The network of the source: an IPv4 address, or a /64 network of IPv6. The rows of each kind of event from one network are counted.
ALTER TABLE security_events ADD COLUMN network TEXT NOT NULL DEFAULT '';

UPDATE security_events SET network = source;

DROP INDEX security_events_by_source;

CREATE INDEX security_events_by_network ON security_events (hour, event, network);

-- The tokens that a client obtained in the last hour, which are counted before another one is stored.
CREATE INDEX obtained_tokens_by_client ON tokens (consumer_key, issued_at) WHERE obtained = 'client_credentials';

-- For an application without an owner, whose secrets a former owner or a stranger who registered it knows: the role that the former owner
-- had, or an empty text. It counts until an administrator gives the application to an owner or to the administrators.
ALTER TABLE applications ADD COLUMN left_role TEXT;
