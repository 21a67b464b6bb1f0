//! A connection to `SQLite`, with a cache of its statements' column names.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Deref;
use std::sync::Arc;

use rusqlite::{CachedStatement, params_from_iter};

use crate::StorageError;
use crate::error::Cause;
use crate::row::{ColumnNames, Row};
use crate::value::Value;

pub(crate) struct Connection {
    raw: rusqlite::Connection,
    /// The column names of each query. Every row looks them up, and reading them from `SQLite` costs a conversion each time.
    columns: RefCell<HashMap<String, Arc<[String]>>>,
    /// All statements that were prepared.
    #[cfg(test)]
    pub(crate) statements: RefCell<std::collections::BTreeSet<String>>,
}

impl Connection {
    pub(crate) fn new(raw: rusqlite::Connection) -> Self {
        Self {
            raw,
            columns: RefCell::default(),
            #[cfg(test)]
            statements: RefCell::default(),
        }
    }

    fn prepare(&self, sql: &str) -> rusqlite::Result<CachedStatement<'_>> {
        #[cfg(test)]
        self.statements.borrow_mut().insert(sql.to_owned());
        self.raw.prepare_cached(sql)
    }

    /// Runs statements without parameters and without results.
    pub(crate) fn run(&self, sql: &str) -> Result<(), Cause> {
        Ok(self.raw.execute_batch(sql)?)
    }

    /// Runs one such statement and caches it prepared.
    pub(crate) fn run_prepared(&self, sql: &str) -> Result<(), Cause> {
        self.change(sql, &[]).map(drop)
    }

    pub(crate) fn change(&self, sql: &str, values: &[Value<'_>]) -> Result<usize, Cause> {
        Ok(self.prepare(sql)?.execute(params_from_iter(values))?)
    }

    /// Inserts one row, and returns its row id.
    pub(crate) fn insert(&self, sql: &str, values: &[Value<'_>]) -> Result<i64, Cause> {
        self.change(sql, values)?;
        Ok(self.raw.last_insert_rowid())
    }

    pub(crate) fn find<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        mut read: impl FnMut(Row<'_>) -> Result<T, StorageError>,
    ) -> Result<Option<T>, StorageError> {
        let mut statement = self.prepare(sql).map_err(Cause::from)?;
        let columns = ColumnNames::new(self.columns(sql, &statement)?);
        let mut rows = statement.query(params_from_iter(values)).map_err(Cause::from)?;
        rows.next().map_err(Cause::from)?.map(|row| read(Row::Sqlite(row, &columns))).transpose()
    }

    pub(crate) fn list<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        mut read: impl FnMut(Row<'_>) -> Result<T, StorageError>,
    ) -> Result<Vec<T>, StorageError> {
        let mut statement = self.prepare(sql).map_err(Cause::from)?;
        let columns = ColumnNames::new(self.columns(sql, &statement)?);
        let mut rows = statement.query(params_from_iter(values)).map_err(Cause::from)?;
        let mut list = Vec::new();
        while let Some(row) = rows.next().map_err(Cause::from)? {
            list.push(read(Row::Sqlite(row, &columns))?);
        }
        Ok(list)
    }

    /// The column names of a statement. They never change, because no statement selects `*`.
    fn columns(&self, sql: &str, statement: &CachedStatement<'_>) -> Result<Arc<[String]>, Cause> {
        if let Some(columns) = self.columns.borrow().get(sql) {
            return Ok(Arc::clone(columns));
        }
        let name = |position| statement.column_name(position).map(str::to_owned);
        let columns: Arc<[String]> = (0..statement.column_count()).map(name).collect::<Result<_, _>>()?;
        self.columns.borrow_mut().insert(sql.to_owned(), Arc::clone(&columns));
        Ok(columns)
    }
}

impl Deref for Connection {
    type Target = rusqlite::Connection;

    fn deref(&self) -> &rusqlite::Connection {
        &self.raw
    }
}
