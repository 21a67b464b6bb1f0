//! Users whom an identity provider names: each has an identifier that never changes, and a name that may change.

use super::UserTables;
use super::accounts::COLUMNS;
use crate::StorageError;
use crate::value::values;
use postern_model::{User, UserName};

impl UserTables<'_, '_> {
    /// The user with the provider's identifier `subject`, with its roles.
    pub fn user_with_subject(&self, subject: &str) -> Result<Option<User>, StorageError> {
        let found = self.find(&format!("{COLUMNS} WHERE subject = ?1"), values![subject], super::accounts::read)?;
        found.map(|user| Ok(User { roles: self.roles(&user.name)?, ..user })).transpose()
    }

    /// Gives a user the provider's identifier.
    pub fn set_subject(&self, name: &UserName, subject: &str) -> Result<(), StorageError> {
        self.change("UPDATE \"users@\" SET subject = ?2 WHERE name = ?1", values![name.as_str(), subject]).map(drop)
    }

    /// Gives a user another name, which no user has, with the provider's identifier `subject`. Roles, consents and the records of grants and
    /// tokens follow; sessions and codes end.
    pub fn rename_user(&self, from: &UserName, to: &UserName, subject: &str) -> Result<(), StorageError> {
        // Other tables refer to the name, so the row is copied, and what belongs to it is moved.
        let copy =
            "INSERT INTO \"users@\" (name, state, created_at) SELECT ?2, state, created_at FROM \"users@\" WHERE name = ?1";
        self.change(copy, values![from.as_str(), to.as_str()])?;
        for table in ["roles", "consents", "grants", "tokens"] {
            let sql = format!("UPDATE \"{table}@\" SET name = ?2 WHERE name = ?1");
            self.change(&sql, values![from.as_str(), to.as_str()])?;
        }
        self.change("DELETE FROM \"users@\" WHERE name = ?1", values![from.as_str()])?;
        self.set_subject(to, subject)
    }
}
