-- Teams of members, who own applications together.
CREATE TABLE teams (
    name TEXT PRIMARY KEY,
    description TEXT,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE team_members (
    team TEXT NOT NULL REFERENCES teams (name) ON DELETE CASCADE,
    member TEXT NOT NULL REFERENCES members (name) ON DELETE CASCADE,
    PRIMARY KEY (team, member)
) STRICT, WITHOUT ROWID;

CREATE INDEX team_members_by_member ON team_members (member);

-- The team that owns an application; NULL where a member or nobody does.
ALTER TABLE applications ADD COLUMN team TEXT CHECK (team IS NULL OR owner IS NULL);

CREATE INDEX applications_by_team ON applications (team);
