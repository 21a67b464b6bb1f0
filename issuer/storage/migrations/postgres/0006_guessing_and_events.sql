-- Described in the eighth step of `sqlite`.

ALTER TABLE settings ADD COLUMN refresh_grace BIGINT NOT NULL DEFAULT 60 CHECK (refresh_grace >= 0);
