-- What edges last asked with, one row for each edge key and address. `epoch` and `revision` are those of the bundle that the edge was last
-- known to have; NULL if none is known. `sent_epoch` and `sent_revision` are those of the bundle in the last answer; NULL if it held none.
-- `behind_since` is when the issuer first saw that the edge lacks the current bundle. No trigger counts changes here as changes of the
-- bundle: they must not wake edges.
CREATE TABLE edge_contacts (
    edge TEXT NOT NULL REFERENCES edge_keys (name) ON DELETE CASCADE,
    source TEXT NOT NULL,
    heard_at INTEGER NOT NULL,
    epoch INTEGER,
    revision INTEGER,
    sent_epoch INTEGER,
    sent_revision INTEGER,
    behind_since INTEGER,
    PRIMARY KEY (edge, source),
    CHECK ((epoch IS NULL) = (revision IS NULL)),
    CHECK ((sent_epoch IS NULL) = (sent_revision IS NULL))
) STRICT, WITHOUT ROWID;

-- The usage of each application by day, counted from the audit log and the security events. `day` is the number of days since 1970 in UTC.
-- `application_id` is empty for what belongs to no application; a row with an empty one and the kind `live` says that live tokens were
-- counted on that day.
CREATE TABLE usage_days (
    day INTEGER NOT NULL,
    application_id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('minted', 'refused', 'live')),
    number INTEGER NOT NULL,
    PRIMARY KEY (day, application_id, kind)
) STRICT, WITHOUT ROWID;

CREATE INDEX usage_days_by_application ON usage_days (application_id, day);

-- How far usage is counted, one row: the number of the last audit entry, and when live tokens were counted.
CREATE TABLE usage_cursor (
    audit INTEGER NOT NULL,
    live_at INTEGER NOT NULL
) STRICT;

INSERT INTO usage_cursor VALUES (0, 0);

-- How many of the attempts of an event are counted as usage.
ALTER TABLE security_events ADD COLUMN counted INTEGER NOT NULL DEFAULT 0;

CREATE INDEX security_events_to_count ON security_events (number) WHERE event = 'client.refused' AND times > counted;
