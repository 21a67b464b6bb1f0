-- The identity provider's identifier of the person (claim `sub`); NULL in other stores.
ALTER TABLE "users@" ADD COLUMN subject TEXT;

CREATE UNIQUE INDEX "users_by_subject@" ON "users@" (subject);
