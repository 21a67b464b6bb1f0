//! The tables `scopes`, which has the rules for scopes, and `scope_approvals`.

use std::collections::BTreeMap;

use postern_token::UnixSeconds;

use super::columns::Columns;
use super::row::Row;
use super::value::values;
use super::{StorageError, Transaction};
use postern_model::{ConsumerKey, HolderRule, Role, ScopeDescription, ScopeRule, WaitingScope};

const TABLE: &str = "scopes";

impl Transaction<'_> {
    /// All scopes that have rules, with their rules.
    pub fn scope_rules(&self) -> Result<BTreeMap<String, ScopeRule>, StorageError> {
        let (mut of_users, mut descriptions) = (self.scope_roles()?, self.scope_descriptions()?);
        let rule = |(scope, holders): (String, HolderRule)| {
            let roles = of_users.remove(&scope).unwrap_or_default();
            let description = descriptions.remove(&scope);
            (scope, ScopeRule { roles, holders, description })
        };
        Ok(self.holder_rules()?.into_iter().map(rule).collect())
    }

    /// What administrators say about scopes, by scope.
    pub fn scope_descriptions(&self) -> Result<BTreeMap<String, ScopeDescription>, StorageError> {
        let rows = self.list("SELECT scope, description FROM scopes WHERE description IS NOT NULL", &[], |row| {
            let columns = Columns::new(row, TABLE);
            Ok((columns.text("scope")?, columns.parsed("description")?))
        })?;
        Ok(rows.into_iter().collect())
    }

    /// All scopes that have rules, with the rules for applications. One query, because it runs for every token with scopes.
    pub fn holder_rules(&self) -> Result<BTreeMap<String, HolderRule>, StorageError> {
        let rows = self.list("SELECT scope, member_roles, approval FROM scopes ORDER BY scope", &[], |row| {
            Ok((Columns::new(row, TABLE).text("scope")?, read(row)?))
        })?;
        Ok(rows.into_iter().collect())
    }

    /// Replaces the rules for a scope.
    pub fn put_scope_rule(&self, scope: &str, rule: &ScopeRule) -> Result<(), StorageError> {
        let sql = "INSERT INTO scopes (scope, member_roles, approval, description) VALUES (?1, ?2, ?3, ?4)
                   ON CONFLICT (scope) DO UPDATE SET member_roles = excluded.member_roles, approval = excluded.approval,
                   description = excluded.description";
        let HolderRule { member_roles, approval } = &rule.holders;
        let names = member_roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(" ");
        let names = Some(names.as_str()).filter(|names| !names.is_empty());
        let description = rule.description.as_ref().map(ScopeDescription::as_str);
        self.change(sql, values![scope, names, *approval, description])?;
        self.replace_scope_roles(scope, &rule.roles)
    }

    /// Deletes the rules for a scope; `false` if it has none. Approvals stay, so that they are valid when the scope needs approval again.
    pub fn delete_scope_rule(&self, scope: &str) -> Result<bool, StorageError> {
        self.replace_scope_roles(scope, &[])?;
        Ok(self.change("DELETE FROM scopes WHERE scope = ?1", values![scope])? == 1)
    }

    /// The scopes that are approved for a key set, sorted.
    pub fn approved_scopes(&self, consumer_key: &ConsumerKey) -> Result<Vec<String>, StorageError> {
        let sql = "SELECT scope FROM scope_approvals WHERE consumer_key = ?1 ORDER BY scope";
        self.list(sql, values![consumer_key.as_str()], |row| Columns::new(row, "scope_approvals").text("scope"))
    }

    /// Records that a scope is approved for a key set.
    pub fn approve_scope(&self, consumer_key: &ConsumerKey, scope: &str, now: UnixSeconds) -> Result<(), StorageError> {
        let sql = "INSERT INTO scope_approvals (consumer_key, scope, approved_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
        self.change(sql, values![consumer_key.as_str(), scope, now]).map(drop)
    }

    /// Deletes the approval of a scope for a key set.
    pub fn withdraw_scope(&self, consumer_key: &ConsumerKey, scope: &str) -> Result<(), StorageError> {
        let sql = "DELETE FROM scope_approvals WHERE consumer_key = ?1 AND scope = ?2";
        self.change(sql, values![consumer_key.as_str(), scope]).map(drop)
    }

    /// All scopes of key sets that need an approval which they do not have, sorted by application, environment and scope.
    pub fn waiting_scopes(&self) -> Result<Vec<WaitingScope>, StorageError> {
        // A scope holds no space. `LIKE` would treat its `%` and `_` as wildcards.
        let sql = "SELECT key_sets.application_id, key_sets.key_type, scopes.scope FROM key_sets, scopes
                   WHERE scopes.approval = 1
                   AND replace(' ' || key_sets.scopes || ' ', ' ' || scopes.scope || ' ', '') <> ' ' || key_sets.scopes || ' '
                   AND NOT EXISTS (SELECT 1 FROM scope_approvals WHERE scope_approvals.consumer_key = key_sets.consumer_key
                                   AND scope_approvals.scope = scopes.scope)
                   ORDER BY key_sets.application_id, key_sets.key_type, scopes.scope";
        self.list(sql, &[], |row| {
            let columns = Columns::new(row, TABLE);
            let (application, key_type) = (columns.parsed("application_id")?, columns.key_type()?);
            Ok(WaitingScope { application, key_type, scope: columns.text("scope")? })
        })
    }
}

fn read(row: Row<'_>) -> Result<HolderRule, StorageError> {
    let columns = Columns::new(row, TABLE);
    let role = |name: &str| name.parse::<Role>().map_err(|_| columns.corrupt("member_roles"));
    let names = columns.optional_text("member_roles")?.unwrap_or_default();
    let member_roles = names.split_ascii_whitespace().map(role).collect::<Result<_, _>>()?;
    Ok(HolderRule { member_roles, approval: columns.flag("approval")? })
}
