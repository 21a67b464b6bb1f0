//! The tables of a user store. The name of each table ends with the name of the store. The tables are in the main database or in
//! the store's own database.

mod accounts;
mod codes;
mod consents;
mod endings;
mod grants;
mod roles;
mod second_factors;
mod selectors;
mod sessions;
mod subjects;
mod tables;
mod tokens;

pub use grants::NewRefreshToken;
pub use second_factors::SealedSecondFactor;
pub use selectors::{GrantSelector, UserTokenSelector};

use super::many::{Column, Each};
use super::row::Row;
use super::value::Value;
use super::{StorageError, Transaction};
use postern_model::UserStoreName;

/// A user store's tables, in one transaction.
pub struct UserTables<'a, 'connection> {
    transaction: &'a Transaction<'connection>,
    store: &'a UserStoreName,
    /// Whether the store has its own database; the status lists are always in the main database.
    own_database: bool,
}

impl<'a, 'connection> UserTables<'a, 'connection> {
    /// The tables of a store in the main database.
    pub const fn in_main_database(transaction: &'a Transaction<'connection>, store: &'a UserStoreName) -> Self {
        Self { transaction, store, own_database: false }
    }

    /// The tables of a store in its own database.
    pub const fn in_own_database(transaction: &'a Transaction<'connection>, store: &'a UserStoreName) -> Self {
        Self { transaction, store, own_database: true }
    }

    /// The name of the store.
    pub const fn store(&self) -> &UserStoreName {
        self.store
    }

    /// Appends the name of the store to each quoted table name that ends with `@`.
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

    fn insert_rows(&self, table: &str, columns: &[Column], rows: &[Vec<Value<'_>>]) -> Result<(), StorageError> {
        self.transaction.insert_rows(&self.statement(table), columns, rows)
    }

    fn change_each(&self, sql: Each<'_>, columns: &[Column], rows: &[Vec<Value<'_>>]) -> Result<usize, StorageError> {
        self.transaction.change_each(Each { one: &self.statement(sql.one), all: &self.statement(sql.all) }, columns, rows)
    }

    fn list_each<T>(
        &self,
        sql: Each<'_>,
        columns: &[Column],
        rows: &[Vec<Value<'_>>],
        read: impl Fn(Row<'_>) -> Result<T, StorageError>,
    ) -> Result<Vec<T>, StorageError> {
        self.transaction.list_each(Each { one: &self.statement(sql.one), all: &self.statement(sql.all) }, columns, rows, read)
    }

    fn find_each<T>(
        &self,
        sql: Each<'_>,
        columns: &[Column],
        rows: &[Vec<Value<'_>>],
        read: impl Fn(Row<'_>) -> Result<T, StorageError>,
    ) -> Result<Vec<Option<T>>, StorageError> {
        self.transaction.find_each(Each { one: &self.statement(sql.one), all: &self.statement(sql.all) }, columns, rows, read)
    }
}
