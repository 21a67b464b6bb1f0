//! The table `users@`.

use std::collections::BTreeMap;

use postern_token::UnixSeconds;

use super::UserTables;
use crate::StorageError;
use crate::columns::Columns;
use crate::many::{Each, Kind};
use crate::row::Row;
use crate::value::{Value, values};
use postern_model::{User, UserName, UserState};

const TABLE: &str = "users";

pub(super) const COLUMNS: &str =
    "SELECT name, state, password_set_at, created_at, must_change_password, second_factor_at FROM \"users@\"";

impl UserTables<'_, '_> {
    /// Inserts a user with its roles, without a second factor, and with a password hash if the store keeps passwords; `false` if the name is
    /// taken.
    pub fn insert_user(&self, user: &User, password: Option<&str>) -> Result<bool, StorageError> {
        let sql = "INSERT INTO \"users@\" (name, state, password, password_set_at, created_at, must_change_password)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING";
        let User { name, state, created_at, password_set_at, must_change_password, roles, second_factor_at: _ } = user;
        let values = values![name.as_str(), state.as_str(), password, *password_set_at, *created_at, *must_change_password];
        let new = self.change(sql, values)? == 1;
        if new {
            self.replace_roles(name, roles)?;
        }
        Ok(new)
    }

    /// Updates a user's state.
    pub fn set_user_state(&self, name: &UserName, state: UserState) -> Result<(), StorageError> {
        self.change("UPDATE \"users@\" SET state = ?2 WHERE name = ?1", values![name.as_str(), state.as_str()]).map(drop)
    }

    /// Updates a user's password hash. With `None`, the time at which the password was set stays: the same password was hashed
    /// again.
    pub fn set_password(&self, name: &UserName, password: &str, set_at: Option<UnixSeconds>) -> Result<(), StorageError> {
        let sql = "UPDATE \"users@\" SET password = ?2, password_set_at = coalesce(?3, password_set_at) WHERE name = ?1";
        self.change(sql, values![name.as_str(), password, set_at]).map(drop)
    }

    /// Updates whether a user must choose another password at the next sign-in.
    pub fn set_must_change_password(&self, name: &UserName, must: bool) -> Result<(), StorageError> {
        self.change("UPDATE \"users@\" SET must_change_password = ?2 WHERE name = ?1", values![name.as_str(), must]).map(drop)
    }

    /// A user's password hash; `None` if there is no such user or the store keeps no password.
    pub fn password(&self, name: &UserName) -> Result<Option<String>, StorageError> {
        let read = |row: Row<'_>| Columns::new(row, TABLE).optional_text("password");
        Ok(self.find("SELECT password FROM \"users@\" WHERE name = ?1", values![name.as_str()], read)?.flatten())
    }

    /// The user with this name, with its roles.
    pub fn user(&self, name: &UserName) -> Result<Option<User>, StorageError> {
        Ok(self.users_named(&[name])?.remove(name))
    }

    /// Those of the users with these names that there are, with their roles.
    pub fn users_named(&self, names: &[&UserName]) -> Result<BTreeMap<UserName, User>, StorageError> {
        // A row for each role, or one without any.
        let columns = "users.name AS name, state, password_set_at, created_at, must_change_password, second_factor_at, role";
        let with_roles = "\"users@\" AS users LEFT JOIN \"roles@\" AS roles ON roles.name = users.name";
        let one = format!("SELECT {columns} FROM {with_roles} WHERE users.name = ?1 ORDER BY role");
        let all = format!("SELECT {columns} FROM {with_roles} JOIN {{rows}} AS asked ON users.name = asked.name ORDER BY role");
        let rows: Vec<_> = names.iter().map(|name| vec![Value::Text(name.as_str())]).collect();
        let read = |row: Row<'_>| Ok((read(row)?, Columns::new(row, "roles").optional_parsed("role")?));
        let mut users: BTreeMap<UserName, User> = BTreeMap::new();
        for (user, role) in self.list_each(Each { one: &one, all: &all }, &[("name", Kind::Text)], &rows, read)? {
            users.entry(user.name.clone()).or_insert(user).roles.extend(role);
        }
        Ok(users)
    }

    /// At most `limit` users, sorted by name, that come after the name `after`.
    pub fn users(&self, after: Option<&UserName>, limit: u32) -> Result<Vec<User>, StorageError> {
        let sql = format!("{COLUMNS} WHERE name > ?1 ORDER BY name LIMIT ?2");
        let users = self.list(&sql, values![after.map_or("", UserName::as_str), limit], read)?;
        users.into_iter().map(|user| Ok(User { roles: self.roles(&user.name)?, ..user })).collect()
    }

    /// Deletes a user with its roles, sessions, consents, codes and grants; `false` if there is no such user. The records of its
    /// tokens stay.
    pub fn delete_user(&self, name: &UserName) -> Result<bool, StorageError> {
        Ok(self.change("DELETE FROM \"users@\" WHERE name = ?1", values![name.as_str()])? == 1)
    }
}

pub(super) fn read(row: Row<'_>) -> Result<User, StorageError> {
    let columns = Columns::new(row, TABLE);
    Ok(User {
        name: columns.parsed("name")?,
        state: columns.parsed_with("state", UserState::parse)?,
        password_set_at: columns.optional_time("password_set_at")?,
        created_at: columns.time("created_at")?,
        must_change_password: columns.flag("must_change_password")?,
        second_factor_at: columns.optional_time("second_factor_at")?,
        roles: Vec::new(),
    })
}
