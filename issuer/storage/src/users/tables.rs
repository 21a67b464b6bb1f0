//! Making a user store's tables, and which stores there are.

use super::UserTables;
use crate::columns::Columns;
use crate::value::values;
use crate::{StorageError, Transaction};
use postern_model::UserStoreName;

const TABLE: &str = "user_stores";

/// One file for each step. A step that was released is never changed; the next one comes after it.
const STEPS: &[&str] = &[include_str!("../../migrations/users/0001_users.sql")];

impl UserTables<'_, '_> {
    /// Whether the store's tables are there, and the ones of this version.
    pub fn are_prepared(&self) -> Result<bool, StorageError> {
        Ok(self.steps_taken()? == STEPS.len())
    }

    /// Whether the store's tables are there, of whatever version.
    pub fn are_there(&self) -> Result<bool, StorageError> {
        Ok(self.steps_taken()? > 0)
    }

    fn steps_taken(&self) -> Result<usize, StorageError> {
        let sql = "SELECT version FROM user_stores WHERE name = ?1 AND elsewhere = 0";
        let known = self.transaction.find(sql, values![self.store.as_str()], |row| Columns::new(row, TABLE).count("version"))?;
        Ok(usize::try_from(known.unwrap_or_default()).unwrap_or(usize::MAX))
    }

    /// Makes the store's tables where they are not, or brings them up to this version.
    pub fn prepare(&self) -> Result<(), StorageError> {
        self.transaction.lock(TABLE)?;
        let taken = self.steps_taken()?;
        let missing = STEPS.get(taken..).ok_or(StorageError::Newer)?;
        for step in missing {
            // A store's name holds nothing that ends a quoted name.
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
    /// Every user store that was ever prepared, and whether it has a database of its own.
    pub fn user_stores(&self) -> Result<Vec<(UserStoreName, bool)>, StorageError> {
        self.list("SELECT name, elsewhere FROM user_stores ORDER BY name", &[], |row| {
            let columns = Columns::new(row, TABLE);
            Ok((columns.parsed("name")?, columns.flag("elsewhere")?))
        })
    }

    /// Keeps in mind that a store has a database of its own.
    pub fn note_user_store_elsewhere(&self, store: &UserStoreName) -> Result<(), StorageError> {
        let sql = "INSERT INTO user_stores (name, version, elsewhere) VALUES (?1, 0, 1) ON CONFLICT DO NOTHING";
        self.change(sql, values![store.as_str()]).map(drop)
    }
}
