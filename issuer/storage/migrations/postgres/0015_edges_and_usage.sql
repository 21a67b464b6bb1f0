-- Described in the seventeenth step of `sqlite`.

CREATE TABLE edge_contacts (
    edge TEXT COLLATE "C" NOT NULL REFERENCES edge_keys (name) ON DELETE CASCADE,
    source TEXT COLLATE "C" NOT NULL,
    heard_at BIGINT NOT NULL,
    epoch BIGINT,
    revision BIGINT,
    sent_epoch BIGINT,
    sent_revision BIGINT,
    behind_since BIGINT,
    PRIMARY KEY (edge, source),
    CHECK ((epoch IS NULL) = (revision IS NULL)),
    CHECK ((sent_epoch IS NULL) = (sent_revision IS NULL))
);

CREATE TABLE usage_days (
    day BIGINT NOT NULL,
    application_id TEXT COLLATE "C" NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('minted', 'refused', 'live')),
    number BIGINT NOT NULL,
    PRIMARY KEY (day, application_id, kind)
);

CREATE INDEX usage_days_by_application ON usage_days (application_id, day);

CREATE TABLE usage_cursor (
    audit BIGINT NOT NULL,
    live_at BIGINT NOT NULL
);

INSERT INTO usage_cursor VALUES (0, 0);

ALTER TABLE security_events ADD COLUMN counted BIGINT NOT NULL DEFAULT 0;

CREATE INDEX security_events_to_count ON security_events (number) WHERE event = 'client.refused' AND times > counted;
