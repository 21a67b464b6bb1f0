//! The table `applications`.

use postern_token::UnixSeconds;

use super::columns::Columns;
use super::dialect::Dialect;
use super::row::Row;
use super::value::values;
use super::{StorageError, Transaction};
use postern_model::{Application, ApplicationId, ApplicationName, ApplicationState, MemberName, Owner, Role, TeamName};

/// Whether an application belongs to the member `?2`, or to a team of that member; no member means everyone. The only answer in SQL to
/// whose an application is.
pub(super) const BELONGS: &str =
    "(CAST(?2 AS TEXT) IS NULL OR owner = ?2 OR team IN (SELECT team FROM team_members WHERE member = ?2))";

const COLUMNS: &str =
    "SELECT id, name, application_validity, user_validity, created_at, state, owner, team, passwords FROM applications
                       WHERE deleted_at IS NULL";

impl Transaction<'_> {
    /// Takes the lock of an application until the end of this transaction, and waits while another transaction holds it.
    pub fn lock_application(&self, id: &ApplicationId) -> Result<(), StorageError> {
        self.lock(id.as_str())
    }

    /// The same for the applications of many clients, in an order in which no two transactions wait for each other.
    pub fn lock_applications_of_clients(&self, clients: &[Option<&str>]) -> Result<(), StorageError> {
        if self.dialect() == Dialect::Sqlite {
            return Ok(());
        }
        let sql = "SELECT DISTINCT application_id AS name FROM key_sets WHERE consumer_key = ANY(?1) ORDER BY name";
        self.lock_found(sql, values![clients])
    }

    /// Inserts an application.
    pub fn insert_application(&self, application: &Application) -> Result<(), StorageError> {
        let sql =
            "INSERT INTO applications (id, name, application_validity, user_validity, created_at, state, owner, team, passwords)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
        let Application { id, name, validities, created_at, state, owner, passwords } = application;
        let (for_application, for_user) = (validities.application.as_seconds(), validities.user.as_seconds());
        let (owner, team) = names(owner.as_ref());
        let values =
            values![id.as_str(), name.as_str(), for_application, for_user, *created_at, state.as_str(), owner, team, *passwords];
        self.change(sql, values).map(drop)
    }

    /// Updates an application, except its id and the time of its creation.
    pub fn update_application(&self, application: &Application) -> Result<(), StorageError> {
        let sql = "UPDATE applications SET name = ?2, application_validity = ?3, user_validity = ?4, state = ?5, owner = ?6,
                       team = ?7, passwords = ?8
                   WHERE id = ?1";
        let Application { id, name, validities, state, owner, passwords, created_at: _ } = application;
        let (for_application, for_user) = (validities.application.as_seconds(), validities.user.as_seconds());
        let (owner, team) = names(owner.as_ref());
        let values = values![id.as_str(), name.as_str(), for_application, for_user, state.as_str(), owner, team, *passwords];
        self.change(sql, values).map(drop)
    }

    /// Deletes an application with its key sets and subscriptions. Its row stays for the records of its tokens, and only
    /// [`Self::knows_application`] finds it.
    pub fn delete_application(&self, id: &ApplicationId, now: UnixSeconds) -> Result<(), StorageError> {
        self.change("DELETE FROM key_sets WHERE application_id = ?1", values![id.as_str()])?;
        self.change("DELETE FROM subscriptions WHERE application_id = ?1", values![id.as_str()])?;
        self.change("UPDATE applications SET deleted_at = ?2 WHERE id = ?1", values![id.as_str(), now]).map(drop)
    }

    /// Notes that an application has no owner, but that a stranger knows its secrets.
    pub fn leave_application(&self, id: &ApplicationId) -> Result<(), StorageError> {
        self.change("UPDATE applications SET left_role = '' WHERE id = ?1", values![id.as_str()]).map(drop)
    }

    /// Notes that an administrator has given the application to an owner, or to the administrators.
    pub fn claim_application(&self, id: &ApplicationId) -> Result<(), StorageError> {
        self.change("UPDATE applications SET left_role = NULL WHERE id = ?1", values![id.as_str()]).map(drop)
    }

    /// For an application that its owner has left: the role that the owner had, or `Some(None)` for a stranger.
    pub fn left_role(&self, id: &ApplicationId) -> Result<Option<Option<Role>>, StorageError> {
        let sql = "SELECT nullif(left_role, '') AS left_role FROM applications WHERE id = ?1 AND left_role IS NOT NULL";
        self.find(sql, values![id.as_str()], |row| Columns::new(row, "applications").optional_parsed("left_role"))
    }

    /// Whether an application with this id exists or existed; with `member`, whether it also belongs to this member or a team of the member.
    pub fn knows_application(&self, id: &ApplicationId, member: Option<&MemberName>) -> Result<bool, StorageError> {
        let sql = format!("SELECT id FROM applications WHERE id = ?1 AND {BELONGS}");
        Ok(self.find(&sql, values![id.as_str(), member.map(MemberName::as_str)], |_| Ok(()))?.is_some())
    }

    /// The application with this id.
    pub fn application(&self, id: &ApplicationId) -> Result<Option<Application>, StorageError> {
        self.find(&format!("{COLUMNS} AND id = ?1"), values![id.as_str()], read)
    }

    /// At most `limit` applications, oldest first, that come after the application `after`; with `member`, only those of
    /// this member and of the teams of the member.
    pub fn applications(
        &self,
        member: Option<&MemberName>,
        after: Option<&ApplicationId>,
        limit: u32,
    ) -> Result<Vec<Application>, StorageError> {
        let sql = format!(
            "{COLUMNS} AND {BELONGS}
             AND rowid > coalesce((SELECT rowid FROM applications WHERE id = CAST(?1 AS TEXT)), 0) ORDER BY rowid LIMIT ?3"
        );
        self.list(&sql, values![after.map(ApplicationId::as_str), member.map(MemberName::as_str), limit], read)
    }

    /// The applications with this name, oldest first; with `member`, only those of this member and of the teams of the member.
    pub fn applications_named(&self, name: &str, member: Option<&MemberName>) -> Result<Vec<Application>, StorageError> {
        let sql = format!("{COLUMNS} AND name = ?1 AND {BELONGS} ORDER BY rowid");
        self.list(&sql, values![name, member.map(MemberName::as_str)], read)
    }

    /// The applications of one owner, oldest first. Those of a member's teams are not the member's own.
    pub fn applications_of(&self, owner: &Owner) -> Result<Vec<Application>, StorageError> {
        let (member, team) = names(Some(owner));
        self.list(&format!("{COLUMNS} AND (owner = ?1 OR team = ?2) ORDER BY rowid"), values![member, team], read)
    }

    /// Takes the applications of an owner from it before it is deleted. They have no owner afterwards, but keep the owner's role, so that a
    /// later owner with the same name does not get them. The members of a team are developers.
    pub fn leave_applications_of(&self, owner: &Owner) -> Result<(), StorageError> {
        match owner {
            Owner::Member(name) => {
                let sql = "UPDATE applications SET owner = NULL, left_role = (SELECT role FROM members WHERE name = ?1)
                           WHERE owner = ?1";
                self.change(sql, values![name.as_str()]).map(drop)
            }
            Owner::Team(name) => {
                let sql = "UPDATE applications SET team = NULL, left_role = ?2 WHERE team = ?1";
                self.change(sql, values![name.as_str(), Role::Developer.as_str()]).map(drop)
            }
        }
    }
}

/// An owner as the columns `owner` and `team`.
fn names(owner: Option<&Owner>) -> (Option<&str>, Option<&str>) {
    (owner.and_then(Owner::member).map(MemberName::as_str), owner.and_then(Owner::team).map(TeamName::as_str))
}

fn read(row: Row<'_>) -> Result<Application, StorageError> {
    let columns = Columns::new(row, "applications");
    Ok(Application {
        id: columns.parsed("id")?,
        name: columns.parsed_with("name", ApplicationName::stored)?,
        validities: columns.validities()?,
        created_at: columns.time("created_at")?,
        state: columns.parsed_with("state", ApplicationState::parse)?,
        owner: match (columns.optional_parsed("owner")?, columns.optional_parsed("team")?) {
            (Some(member), _) => Some(Owner::Member(member)),
            (None, team) => team.map(Owner::Team),
        },
        passwords: columns.flag("passwords")?,
    })
}
