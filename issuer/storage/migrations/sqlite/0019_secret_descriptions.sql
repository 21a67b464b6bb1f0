-- What a consumer secret is for, for people. NULL means nothing.
ALTER TABLE consumer_secrets ADD COLUMN description TEXT;
