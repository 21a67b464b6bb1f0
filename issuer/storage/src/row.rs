//! A row of a query's result, for both databases.

use std::cell::Cell;
use std::sync::Arc;

use rusqlite::types::{FromSqlResult, ValueRef};

use super::error::Cause;

/// A row. Its columns are read by name.
#[derive(Clone, Copy)]
pub(super) enum Row<'a> {
    Sqlite(&'a rusqlite::Row<'a>, &'a ColumnNames),
    Postgres(&'a postgres::Row),
}

/// The names of a statement's columns, in order. Columns are mostly read in order, so `next` remembers the position after the
/// last one that was read, and a search is rarely needed.
#[derive(Debug)]
pub(super) struct ColumnNames {
    names: Arc<[String]>,
    next: Cell<usize>,
}

impl ColumnNames {
    pub(super) fn new(names: Arc<[String]>) -> Self {
        Self { names, next: Cell::new(0) }
    }

    fn position(&self, column: &str) -> Option<usize> {
        let next = self.next.get();
        let in_order = self.names.get(next).is_some_and(|name| name == column);
        let position = if in_order { next } else { self.names.iter().position(|name| name == column)? };
        self.next.set(position + 1);
        Some(position)
    }
}

impl<'a> Row<'a> {
    pub(super) fn text(self, column: &str) -> Result<Option<&'a str>, Cause> {
        match self {
            Self::Sqlite(row, names) => read(row, names, column, |value| value.as_str_or_null()),
            Self::Postgres(row) => Ok(row.try_get(column)?),
        }
    }

    pub(super) fn number(self, column: &str) -> Result<Option<i64>, Cause> {
        match self {
            Self::Sqlite(row, names) => read(row, names, column, |value| value.as_i64_or_null()),
            Self::Postgres(row) => Ok(row.try_get(column)?),
        }
    }

    pub(super) fn bytes(self, column: &str) -> Result<Option<&'a [u8]>, Cause> {
        match self {
            Self::Sqlite(row, names) => read(row, names, column, |value| value.as_blob_or_null()),
            Self::Postgres(row) => Ok(row.try_get(column)?),
        }
    }
}

fn read<'a, T>(
    row: &'a rusqlite::Row<'a>,
    names: &ColumnNames,
    column: &str,
    read: impl FnOnce(ValueRef<'a>) -> FromSqlResult<T>,
) -> Result<T, Cause> {
    let position = names.position(column).ok_or_else(|| rusqlite::Error::InvalidColumnName(column.to_owned()))?;
    Ok(read(row.get_ref(position)?).map_err(rusqlite::Error::from)?)
}
