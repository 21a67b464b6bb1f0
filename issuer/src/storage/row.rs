//! A row of an answer, whatever the database.

use std::cell::Cell;

use rusqlite::types::FromSql;

use super::error::Cause;

/// A row, whose columns are found by their names.
#[derive(Clone, Copy)]
pub(super) enum Row<'a> {
    Sqlite(&'a rusqlite::Row<'a>, &'a NextColumn),
    Postgres(&'a postgres::Row),
}

/// The position of the column that is probably asked for next: the one after the last. It need not be looked for then.
#[derive(Debug, Default)]
pub(super) struct NextColumn(Cell<usize>);

impl Row<'_> {
    pub(super) fn text(self, column: &str) -> Result<Option<String>, Cause> {
        match self {
            Self::Sqlite(row, next) => Ok(find(row, next, column)?),
            Self::Postgres(row) => Ok(row.try_get(column)?),
        }
    }

    pub(super) fn number(self, column: &str) -> Result<Option<i64>, Cause> {
        match self {
            Self::Sqlite(row, next) => Ok(find(row, next, column)?),
            Self::Postgres(row) => Ok(row.try_get(column)?),
        }
    }

    pub(super) fn bytes(self, column: &str) -> Result<Option<Vec<u8>>, Cause> {
        match self {
            Self::Sqlite(row, next) => Ok(find(row, next, column)?),
            Self::Postgres(row) => Ok(row.try_get(column)?),
        }
    }
}

fn find<T: FromSql>(row: &rusqlite::Row<'_>, next: &NextColumn, column: &str) -> rusqlite::Result<T> {
    let statement = row.as_ref();
    let count = statement.column_count();
    let start = next.0.get();
    let order = (start..count).chain(0..start.min(count));
    for position in order {
        if statement.column_name(position)? == column {
            next.0.set(position + 1);
            return row.get(position);
        }
    }
    Err(rusqlite::Error::InvalidColumnName(column.to_owned()))
}
