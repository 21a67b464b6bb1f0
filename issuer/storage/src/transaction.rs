//! One transaction, and the ways in which the files of the tables use it.

use std::cell::RefCell;

use super::StorageError;
use super::columns::Columns;
use super::connection::{postgres, sqlite};
use super::dialect::Dialect;
use super::row::Row;
use super::value::Value;

/// A transaction. The file of each table adds methods to it, in SQL that both databases understand.
pub struct Transaction<'connection> {
    connection: Connection<'connection>,
    snapshot: bool,
}

enum Connection<'connection> {
    Sqlite(&'connection sqlite::Connection),
    Postgres(RefCell<&'connection mut postgres::Connection>),
}

/// The work of a transaction. It returns whether it succeeded, and so whether to commit.
pub(super) type Work<'a> = &'a mut dyn FnMut(&Transaction<'_>) -> bool;

/// Runs `work` as a transaction, by a function that is compiled only once because it knows neither the value nor the error of the work. It
/// returns `Ok` when the result of the work stands: it is committed, or it is a failure and rolled back.
pub(super) fn run<T, E: From<StorageError>>(
    work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    transact: &dyn Fn(Work<'_>) -> Result<(), StorageError>,
) -> Result<T, E> {
    let mut work = Some(work);
    let mut result = None;
    transact(&mut |transaction| {
        result = work.take().map(|work| work(transaction));
        matches!(result, Some(Ok(_)))
    })?;
    result.ok_or(StorageError::Empty)?
}

impl<'connection> Transaction<'connection> {
    pub(super) const fn on_sqlite(connection: &'connection sqlite::Connection) -> Self {
        Self { connection: Connection::Sqlite(connection), snapshot: false }
    }

    pub(super) const fn on_postgres(connection: &'connection mut postgres::Connection) -> Self {
        Self { connection: Connection::Postgres(RefCell::new(connection)), snapshot: false }
    }

    /// The same, of a transaction that only reads.
    pub(super) fn of_snapshot(self) -> Self {
        Self { snapshot: true, ..self }
    }

    /// Whether the transaction only reads, and so sees nothing that is not committed.
    pub const fn is_snapshot(&self) -> bool {
        self.snapshot
    }

    /// Runs a statement that changes rows. Returns the number of changed rows.
    pub(super) fn change(&self, sql: &str, values: &[Value<'_>]) -> Result<usize, StorageError> {
        match &self.connection {
            Connection::Sqlite(connection) => Ok(connection.change(sql, values)?),
            Connection::Postgres(connection) => Ok(connection.borrow_mut().change(sql, values)?),
        }
    }

    /// Runs an `INSERT` of one row, and returns its number: the column `number`, which the database counts.
    pub(super) fn insert_numbered(&self, table: &'static str, sql: &str, values: &[Value<'_>]) -> Result<i64, StorageError> {
        match &self.connection {
            // With `RETURNING`, SQLite makes a temporary table each time.
            Connection::Sqlite(connection) => Ok(connection.insert(sql, values)?),
            Connection::Postgres(_) => {
                let sql = format!("{sql} RETURNING number");
                let found = self.find(&sql, values, |row| Columns::new(row, table).optional_integer("number"))?;
                found.flatten().ok_or(StorageError::Corrupt { table, column: "number" })
            }
        }
    }

    /// Runs statements without parameters and without results.
    pub(super) fn run(&self, sql: &str) -> Result<(), StorageError> {
        match &self.connection {
            Connection::Sqlite(connection) => Ok(connection.run(sql)?),
            Connection::Postgres(connection) => Ok(connection.borrow_mut().run(sql)?),
        }
    }

    /// The SQL that this transaction's database understands.
    pub(super) const fn dialect(&self) -> Dialect {
        match self.connection {
            Connection::Sqlite(_) => Dialect::Sqlite,
            Connection::Postgres(_) => Dialect::Postgres,
        }
    }

    /// The value that `read` makes of the first row of a query; `None` if there is no row.
    pub(super) fn find<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        read: impl FnMut(Row<'_>) -> Result<T, StorageError>,
    ) -> Result<Option<T>, StorageError> {
        match &self.connection {
            Connection::Sqlite(connection) => connection.find(sql, values, read),
            Connection::Postgres(connection) => {
                let rows = connection.borrow_mut().query(sql, values)?;
                rows.first().map(Row::Postgres).map(read).transpose()
            }
        }
    }

    /// The values that `read` makes of the rows of a query.
    pub(super) fn list<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        read: impl FnMut(Row<'_>) -> Result<T, StorageError>,
    ) -> Result<Vec<T>, StorageError> {
        match &self.connection {
            Connection::Sqlite(connection) => connection.list(sql, values, read),
            Connection::Postgres(connection) => {
                let rows = connection.borrow_mut().query(sql, values)?;
                rows.iter().map(Row::Postgres).map(read).collect()
            }
        }
    }

    /// The suffix of a query that locks its rows until the end of the transaction. It is empty on `SQLite`, which has one writer
    /// at a time.
    pub(super) const fn for_update(&self) -> &'static str {
        match self.connection {
            Connection::Sqlite(_) => "",
            Connection::Postgres(_) => " FOR UPDATE",
        }
    }

    /// Takes the lock `name` until the end of this transaction, and waits while another transaction holds it.
    pub(super) fn lock(&self, name: &str) -> Result<(), StorageError> {
        match &self.connection {
            Connection::Sqlite(_) => Ok(()),
            Connection::Postgres(connection) => Ok(connection.borrow_mut().lock(name)?),
        }
    }

    /// Takes the lock of each value in the column `name` of a query's result.
    pub(super) fn lock_found(&self, sql: &str, values: &[Value<'_>]) -> Result<(), StorageError> {
        match &self.connection {
            Connection::Sqlite(_) => Ok(()),
            Connection::Postgres(connection) => Ok(connection.borrow_mut().lock_found(sql, values)?),
        }
    }
}
