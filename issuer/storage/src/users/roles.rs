//! The tables `roles@` and `scope_roles`.

use std::collections::BTreeMap;

use super::UserTables;
use crate::columns::Columns;
use crate::value::values;
use crate::{StorageError, Transaction};
use postern_model::{UserName, UserRole};

const TABLE: &str = "roles";
const BINDINGS: &str = "scope_roles";

impl UserTables<'_, '_> {
    /// A user's roles, sorted.
    pub fn roles(&self, name: &UserName) -> Result<Vec<UserRole>, StorageError> {
        let sql = "SELECT role FROM \"roles@\" WHERE name = ?1 ORDER BY role";
        self.list(sql, values![name.as_str()], |row| Columns::new(row, TABLE).parsed("role"))
    }

    /// Replaces a user's roles.
    pub fn replace_roles(&self, name: &UserName, roles: &[UserRole]) -> Result<(), StorageError> {
        self.change("DELETE FROM \"roles@\" WHERE name = ?1", values![name.as_str()])?;
        let sql = "INSERT INTO \"roles@\" (name, role) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        roles.iter().try_for_each(|role| self.change(sql, values![name.as_str(), role.as_str()]).map(drop))
    }
}

impl Transaction<'_> {
    /// All scopes that are bound to roles, each with its roles.
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

    /// Replaces the roles that a scope is bound to. With no roles, every user may have the scope.
    pub(crate) fn replace_scope_roles(&self, scope: &str, roles: &[UserRole]) -> Result<(), StorageError> {
        self.change("DELETE FROM scope_roles WHERE scope = ?1", values![scope])?;
        let sql = "INSERT INTO scope_roles (scope, role) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        roles.iter().try_for_each(|role| self.change(sql, values![scope, role.as_str()]).map(drop))
    }
}
