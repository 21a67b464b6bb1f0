-- Described in the eleventh step of `sqlite`.

ALTER TABLE members ADD COLUMN account TEXT COLLATE "C";

CREATE UNIQUE INDEX members_by_account ON members (account);
