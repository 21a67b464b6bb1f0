-- Described in the sixteenth step of `sqlite`.

CREATE TABLE teams (
    name TEXT COLLATE "C" PRIMARY KEY,
    description TEXT,
    created_at BIGINT NOT NULL
);

CREATE TABLE team_members (
    team TEXT COLLATE "C" NOT NULL REFERENCES teams (name) ON DELETE CASCADE,
    member TEXT COLLATE "C" NOT NULL REFERENCES members (name) ON DELETE CASCADE,
    PRIMARY KEY (team, member)
);

CREATE INDEX team_members_by_member ON team_members (member);

ALTER TABLE applications ADD COLUMN team TEXT COLLATE "C";
ALTER TABLE applications ADD CHECK (team IS NULL OR owner IS NULL);

CREATE INDEX applications_by_team ON applications (team);
