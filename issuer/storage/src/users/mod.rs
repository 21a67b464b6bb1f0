//! The tables of a user store. Each store has tables of its own, which bear its name, in the main database or in another one.

mod accounts;
mod codes;
mod consents;
mod endings;
mod grants;
mod roles;
mod selectors;
mod sessions;
mod tables;
mod tokens;

pub use selectors::{GrantSelector, UserTokenSelector};

use super::row::Row;
use super::value::Value;
use super::{StorageError, Transaction};
use postern_model::UserStoreName;

/// A user store's tables, in one transaction.
pub struct UserTables<'a, 'connection> {
    transaction: &'a Transaction<'connection>,
    store: &'a UserStoreName,
    /// Whether the bits of tokens are in another database than these tables.
    elsewhere: bool,
}

impl<'a, 'connection> UserTables<'a, 'connection> {
    /// The tables of a store that stand in the main database.
    pub const fn in_main_database(transaction: &'a Transaction<'connection>, store: &'a UserStoreName) -> Self {
        Self { transaction, store, elsewhere: false }
    }

    /// The tables of a store that has a database of its own.
    pub const fn in_own_database(transaction: &'a Transaction<'connection>, store: &'a UserStoreName) -> Self {
        Self { transaction, store, elsewhere: true }
    }

    /// The store.
    pub const fn store(&self) -> &UserStoreName {
        self.store
    }

    /// A statement in which `@` in a quoted name stands for the store.
    fn statement(&self, sql: &str) -> String {
        sql.replace("@\"", &format!("@{}\"", self.store))
    }

    fn change(&self, sql: &str, values: &[Value<'_>]) -> Result<usize, StorageError> {
        self.transaction.change(&self.statement(sql), values)
    }

    fn find<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        read: impl FnMut(Row<'_>) -> Result<T, StorageError>,
    ) -> Result<Option<T>, StorageError> {
        self.transaction.find(&self.statement(sql), values, read)
    }

    fn list<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        read: impl FnMut(Row<'_>) -> Result<T, StorageError>,
    ) -> Result<Vec<T>, StorageError> {
        self.transaction.list(&self.statement(sql), values, read)
    }
}
