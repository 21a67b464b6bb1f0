//! The table `users@`.

use postern_token::UnixSeconds;

use super::UserTables;
use crate::StorageError;
use crate::columns::Columns;
use crate::row::Row;
use crate::value::values;
use postern_model::{User, UserName, UserState};

const TABLE: &str = "users";

const COLUMNS: &str = "SELECT name, state, password_set_at, created_at FROM \"users@\"";

impl UserTables<'_, '_> {
    /// Keeps a new user with the hash of a password, if the store keeps passwords; `false` when there is one of that name.
    pub fn insert_user(&self, user: &User, password: Option<&str>) -> Result<bool, StorageError> {
        let sql = "INSERT INTO \"users@\" (name, state, password, password_set_at, created_at) VALUES (?1, ?2, ?3, ?4, ?5)
                   ON CONFLICT DO NOTHING";
        let User { name, state, created_at, password_set_at, roles } = user;
        let values = values![name.as_str(), state.as_str(), password, *password_set_at, *created_at];
        let new = self.change(sql, values)? == 1;
        if new {
            self.replace_roles(name, roles)?;
        }
        Ok(new)
    }

    /// Changes whether a user may sign in.
    pub fn set_user_state(&self, name: &UserName, state: UserState) -> Result<(), StorageError> {
        self.change("UPDATE \"users@\" SET state = ?2 WHERE name = ?1", values![name.as_str(), state.as_str()]).map(drop)
    }

    /// Changes a user's password. The moment may stay as it was, where it is the same password in another form.
    pub fn set_password(&self, name: &UserName, password: &str, set_at: Option<UnixSeconds>) -> Result<(), StorageError> {
        let sql = "UPDATE \"users@\" SET password = ?2, password_set_at = coalesce(?3, password_set_at) WHERE name = ?1";
        self.change(sql, values![name.as_str(), password, set_at]).map(drop)
    }

    /// The hash of a user's password, if there is such a user and the store keeps it.
    pub fn password(&self, name: &UserName) -> Result<Option<String>, StorageError> {
        let read = |row: Row<'_>| Columns::new(row, TABLE).optional_text("password");
        Ok(self.find("SELECT password FROM \"users@\" WHERE name = ?1", values![name.as_str()], read)?.flatten())
    }

    /// A user.
    pub fn user(&self, name: &UserName) -> Result<Option<User>, StorageError> {
        let found = self.find(&format!("{COLUMNS} WHERE name = ?1"), values![name.as_str()], read)?;
        found.map(|user| Ok(User { roles: self.roles(name)?, ..user })).transpose()
    }

    /// Users by name, those that come after another one where that is given.
    pub fn users(&self, after: Option<&UserName>, limit: u32) -> Result<Vec<User>, StorageError> {
        let sql = format!("{COLUMNS} WHERE name > ?1 ORDER BY name LIMIT ?2");
        let users = self.list(&sql, values![after.map_or("", UserName::as_str), limit], read)?;
        users.into_iter().map(|user| Ok(User { roles: self.roles(&user.name)?, ..user })).collect()
    }

    /// Forgets a user with all that belongs to one but the records of tokens; `false` when there is none of that name.
    pub fn delete_user(&self, name: &UserName) -> Result<bool, StorageError> {
        Ok(self.change("DELETE FROM \"users@\" WHERE name = ?1", values![name.as_str()])? == 1)
    }
}

fn read(row: Row<'_>) -> Result<User, StorageError> {
    let columns = Columns::new(row, TABLE);
    Ok(User {
        name: columns.parsed("name")?,
        state: columns.parsed_with("state", UserState::parse)?,
        password_set_at: columns.optional_time("password_set_at")?,
        created_at: columns.time("created_at")?,
        roles: Vec::new(),
    })
}
