-- Described in the nineteenth step of `sqlite`.

ALTER TABLE consumer_secrets ADD COLUMN description TEXT;
