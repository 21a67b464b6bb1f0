//! One transaction, and the few ways in which the tables' files use it.

use std::cell::RefCell;

use super::StorageError;
use super::connection::{postgres, sqlite};
use super::dialect::Dialect;
use super::row::Row;
use super::value::Value;

/// A transaction. The operations on it stand beside their tables. Its statements are the ones that both databases understand.
pub struct Transaction<'connection>(Connection<'connection>);

enum Connection<'connection> {
    Sqlite(&'connection sqlite::Connection),
    Postgres(RefCell<&'connection mut postgres::Connection>),
}

impl<'connection> Transaction<'connection> {
    pub(super) const fn on_sqlite(connection: &'connection sqlite::Connection) -> Self {
        Self(Connection::Sqlite(connection))
    }

    pub(super) const fn on_postgres(connection: &'connection mut postgres::Connection) -> Self {
        Self(Connection::Postgres(RefCell::new(connection)))
    }

    /// Runs a statement that changes rows and says how many it changed.
    pub(super) fn change(&self, sql: &str, values: &[Value<'_>]) -> Result<usize, StorageError> {
        match &self.0 {
            Connection::Sqlite(connection) => Ok(connection.change(sql, values)?),
            Connection::Postgres(connection) => Ok(connection.borrow_mut().change(sql, values)?),
        }
    }

    /// Runs statements that take nothing and give nothing.
    pub(super) fn run(&self, sql: &str) -> Result<(), StorageError> {
        match &self.0 {
            Connection::Sqlite(connection) => Ok(connection.run(sql)?),
            Connection::Postgres(connection) => Ok(connection.borrow_mut().run(sql)?),
        }
    }

    /// The SQL that this transaction's database understands.
    pub(super) const fn dialect(&self) -> Dialect {
        match self.0 {
            Connection::Sqlite(_) => Dialect::Sqlite,
            Connection::Postgres(_) => Dialect::Postgres,
        }
    }

    /// The first row of a query, made into a value by `read`.
    pub(super) fn find<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        read: impl FnMut(Row<'_>) -> Result<T, StorageError>,
    ) -> Result<Option<T>, StorageError> {
        match &self.0 {
            Connection::Sqlite(connection) => connection.find(sql, values, read),
            Connection::Postgres(connection) => {
                let rows = connection.borrow_mut().query(sql, values)?;
                rows.first().map(Row::Postgres).map(read).transpose()
            }
        }
    }

    /// Every row of a query, each made into a value by `read`.
    pub(super) fn list<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        read: impl FnMut(Row<'_>) -> Result<T, StorageError>,
    ) -> Result<Vec<T>, StorageError> {
        match &self.0 {
            Connection::Sqlite(connection) => connection.list(sql, values, read),
            Connection::Postgres(connection) => {
                let rows = connection.borrow_mut().query(sql, values)?;
                rows.iter().map(Row::Postgres).map(read).collect()
            }
        }
    }

    /// What to add to a query whose rows are to be changed: until the end, others who ask in the same way wait. Where there is one
    /// writer at a time, nothing.
    pub(super) const fn for_update(&self) -> &'static str {
        match self.0 {
            Connection::Sqlite(_) => "",
            Connection::Postgres(_) => " FOR UPDATE",
        }
    }

    /// Keeps others who ask for the same `name` waiting until the end of this transaction.
    pub(super) fn lock(&self, name: &str) -> Result<(), StorageError> {
        match &self.0 {
            Connection::Sqlite(_) => Ok(()),
            Connection::Postgres(connection) => Ok(connection.borrow_mut().lock(name)?),
        }
    }

    /// The same for each `name` that a query finds.
    pub(super) fn lock_found(&self, sql: &str, values: &[Value<'_>]) -> Result<(), StorageError> {
        match &self.0 {
            Connection::Sqlite(_) => Ok(()),
            Connection::Postgres(connection) => Ok(connection.borrow_mut().lock_found(sql, values)?),
        }
    }
}
