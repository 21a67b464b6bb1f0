-- Whether the user must choose another password at the next sign-in.
ALTER TABLE "users@" ADD COLUMN must_change_password {number} NOT NULL DEFAULT 0;

-- The second factor (RFC 6238): its secret, sealed; when it was set up; and the last time step whose code was accepted. NULL if the user has
-- none.
ALTER TABLE "users@" ADD COLUMN second_factor {bytes};
ALTER TABLE "users@" ADD COLUMN second_factor_at {number};
ALTER TABLE "users@" ADD COLUMN second_factor_step {number};

-- The recovery codes that were not used.
CREATE TABLE "recovery_codes@" (
    code_hash {bytes} PRIMARY KEY CHECK (length(code_hash) = 32),
    name TEXT NOT NULL REFERENCES "users@" (name) ON DELETE CASCADE
) {strict};

CREATE INDEX "recovery_codes_by_user@" ON "recovery_codes@" (name);
