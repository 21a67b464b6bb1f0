-- The account of a user store with which a member signs in to the portal, such as `alice@local`.
ALTER TABLE members ADD COLUMN account TEXT;

CREATE UNIQUE INDEX members_by_account ON members (account);
