//! The table `roles@`, and which scopes are bound to roles.

use std::collections::BTreeMap;

use super::UserTables;
use crate::columns::Columns;
use crate::value::values;
use crate::{StorageError, Transaction};
use postern_model::{UserName, UserRole};

const TABLE: &str = "roles";
const BINDINGS: &str = "scope_roles";

impl UserTables<'_, '_> {
    /// A user's roles, in order.
    pub fn roles(&self, name: &UserName) -> Result<Vec<UserRole>, StorageError> {
        let sql = "SELECT role FROM \"roles@\" WHERE name = ?1 ORDER BY role";
        self.list(sql, values![name.as_str()], |row| Columns::new(row, TABLE).parsed("role"))
    }

    /// Gives a user these roles and no others.
    pub fn replace_roles(&self, name: &UserName, roles: &[UserRole]) -> Result<(), StorageError> {
        self.change("DELETE FROM \"roles@\" WHERE name = ?1", values![name.as_str()])?;
        let sql = "INSERT INTO \"roles@\" (name, role) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        roles.iter().try_for_each(|role| self.change(sql, values![name.as_str(), role.as_str()]).map(drop))
    }
}

impl Transaction<'_> {
    /// Every scope that is bound to roles, with these.
    pub fn scope_roles(&self) -> Result<BTreeMap<String, Vec<UserRole>>, StorageError> {
        let rows = self.list("SELECT scope, role FROM scope_roles ORDER BY scope, role", &[], |row| {
            let columns = Columns::new(row, BINDINGS);
            Ok((columns.text("scope")?, columns.parsed("role")?))
        })?;
        let mut bindings: BTreeMap<String, Vec<UserRole>> = BTreeMap::new();
        for (scope, role) in rows {
            bindings.entry(scope).or_default().push(role);
        }
        Ok(bindings)
    }

    /// Binds a scope to these roles and no others; to none, and every user may have it.
    pub fn replace_scope_roles(&self, scope: &str, roles: &[UserRole]) -> Result<(), StorageError> {
        self.change("DELETE FROM scope_roles WHERE scope = ?1", values![scope])?;
        let sql = "INSERT INTO scope_roles (scope, role) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        roles.iter().try_for_each(|role| self.change(sql, values![scope, role.as_str()]).map(drop))
    }
}
