//! Creation and migration of a user store's tables, and the table `user_stores`.

use super::UserTables;
use crate::columns::Columns;
use crate::value::values;
use crate::{StorageError, Transaction};
use postern_model::UserStoreName;

const TABLE: &str = "user_stores";

/// The migration steps, a file for each. A released step is never changed; a change of the tables is a new step.
const STEPS: &[&str] = &[
    include_str!("../../migrations/users/0001_users.sql"),
    include_str!("../../migrations/users/0002_refresh_grace.sql"),
    include_str!("../../migrations/users/0003_obtained_tokens.sql"),
    include_str!("../../migrations/users/0004_subjects.sql"),
    include_str!("../../migrations/users/0005_second_factor.sql"),
];

impl UserTables<'_, '_> {
    /// Whether the store's tables exist and have this version.
    pub fn are_prepared(&self) -> Result<bool, StorageError> {
        Ok(self.applied_steps()? == STEPS.len())
    }

    /// Whether the store's tables exist, in any version.
    pub fn exist(&self) -> Result<bool, StorageError> {
        Ok(self.applied_steps()? > 0)
    }

    fn applied_steps(&self) -> Result<usize, StorageError> {
        let sql = "SELECT version FROM user_stores WHERE name = ?1 AND elsewhere = 0";
        let known = self.transaction.find(sql, values![self.store.as_str()], |row| Columns::new(row, TABLE).count("version"))?;
        Ok(usize::try_from(known.unwrap_or_default()).unwrap_or(usize::MAX))
    }

    /// Creates the store's tables, or migrates them to this version.
    pub fn prepare(&self) -> Result<(), StorageError> {
        self.transaction.lock(TABLE)?;
        let applied = self.applied_steps()?;
        let missing = STEPS.get(applied..).ok_or(StorageError::Newer)?;
        for step in missing {
            // The name of a store contains no quotation mark, so it cannot end a quoted name.
            let step = self.transaction.dialect().translate(&self.statement(step));
            self.transaction.run(&step)?;
        }
        if !missing.is_empty() {
            let sql = "INSERT INTO user_stores (name, version, elsewhere) VALUES (?1, ?2, 0)
                       ON CONFLICT (name) DO UPDATE SET version = excluded.version";
            let steps = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
            self.transaction.change(sql, values![self.store.as_str(), steps])?;
        }
        Ok(())
    }
}

impl Transaction<'_> {
    /// All user stores that were ever prepared, each with whether it has its own database.
    pub fn user_stores(&self) -> Result<Vec<(UserStoreName, bool)>, StorageError> {
        self.list("SELECT name, elsewhere FROM user_stores ORDER BY name", &[], |row| {
            let columns = Columns::new(row, TABLE);
            Ok((columns.parsed("name")?, columns.flag("elsewhere")?))
        })
    }

    /// Records that a store has its own database.
    pub fn insert_user_store_with_own_database(&self, store: &UserStoreName) -> Result<(), StorageError> {
        let sql = "INSERT INTO user_stores (name, version, elsewhere) VALUES (?1, 0, 1) ON CONFLICT DO NOTHING";
        self.change(sql, values![store.as_str()]).map(drop)
    }
}
