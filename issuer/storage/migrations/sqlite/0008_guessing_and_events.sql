-- In seconds: how long after its use a refresh token may be used again, as long as its successor has not been used. 0 means never.
ALTER TABLE settings ADD COLUMN refresh_grace INTEGER NOT NULL DEFAULT 60 CHECK (refresh_grace >= 0);
