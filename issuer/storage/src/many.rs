//! Statements on many rows. On `SQLite` a statement for each row costs little; on `PostgreSQL` each statement is a round trip, so one
//! statement handles all rows.

use super::columns::Columns;
use super::dialect::Dialect;
use super::row::Row;
use super::value::Value;
use super::{StorageError, Transaction};
use postern_secrets::HashedSecret;

/// The type of a value in each row.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Text,
    Number,
    Bytes,
}

/// A value of each row: its name and its type.
pub(super) type Column = (&'static str, Kind);

/// One statement for each database.
#[derive(Debug, Clone, Copy)]
pub(super) struct Each<'a> {
    /// The statement on one row, for `SQLite`. The values of the row are its parameters from `?1` on.
    pub(super) one: &'a str,
    /// The statement on all rows, for `PostgreSQL`. `{rows}` in it are the rows: a table that it names, with these columns and, from 1,
    /// `position`.
    pub(super) all: &'a str,
}

impl Transaction<'_> {
    /// Inserts rows.
    pub(super) fn insert_rows(&self, table: &str, columns: &[Column], rows: &[Vec<Value<'_>>]) -> Result<(), StorageError> {
        let names = columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        let parameters = (1..=columns.len()).map(|number| format!("?{number}")).collect::<Vec<_>>().join(", ");
        let one = format!("INSERT INTO {table} ({names}) VALUES ({parameters})");
        let all = format!("INSERT INTO {table} ({names}) SELECT {names} FROM {{rows}} AS new ORDER BY position");
        self.change_each(Each { one: &one, all: &all }, columns, rows).map(drop)
    }

    /// Changes rows. Returns the number of changed rows.
    pub(super) fn change_each(&self, sql: Each<'_>, columns: &[Column], rows: &[Vec<Value<'_>>]) -> Result<usize, StorageError> {
        match (self.dialect(), rows) {
            (_, []) => Ok(0),
            (Dialect::Sqlite, rows) => rows.iter().map(|row| self.change(sql.one, row)).sum(),
            (Dialect::Postgres, rows) => with_arrays(sql.all, columns, rows, |sql, values| self.change(sql, values)),
        }
    }

    /// The values that `read` makes of all rows that the statements find.
    pub(super) fn list_each<T>(
        &self,
        sql: Each<'_>,
        columns: &[Column],
        rows: &[Vec<Value<'_>>],
        read: impl Fn(Row<'_>) -> Result<T, StorageError>,
    ) -> Result<Vec<T>, StorageError> {
        match (self.dialect(), rows) {
            (_, []) => Ok(Vec::new()),
            (Dialect::Sqlite, rows) => {
                let mut found = Vec::new();
                for row in rows {
                    found.extend(self.list(sql.one, row, &read)?);
                }
                Ok(found)
            }
            (Dialect::Postgres, rows) => with_arrays(sql.all, columns, rows, |sql, values| self.list(sql, values, &read)),
        }
    }

    /// For each row, in their order, the value that `read` makes of what the statement finds first. On `PostgreSQL` the statement also selects
    /// `position`.
    pub(super) fn find_each<T>(
        &self,
        sql: Each<'_>,
        columns: &[Column],
        rows: &[Vec<Value<'_>>],
        read: impl Fn(Row<'_>) -> Result<T, StorageError>,
    ) -> Result<Vec<Option<T>>, StorageError> {
        if self.dialect() == Dialect::Sqlite {
            return rows.iter().map(|row| self.find(sql.one, row, &read)).collect();
        }
        let mut found: Vec<Option<T>> = rows.iter().map(|_| None).collect();
        let placed = self.list_each(sql, columns, rows, |row| {
            let position: Option<usize> = Columns::new(row, "rows").optional_integer("position")?;
            Ok((position, read(row)?))
        })?;
        for (position, value) in placed {
            // Positions are counted from 1.
            let slot = position.and_then(|position| found.get_mut(position.checked_sub(1)?));
            *slot.ok_or(StorageError::Corrupt { table: "rows", column: "position" })? = Some(value);
        }
        Ok(found)
    }
}

/// A row for each hash.
pub(super) fn hashes<'a>(hashes: &[&'a HashedSecret]) -> Vec<Vec<Value<'a>>> {
    hashes.iter().map(|hash| vec![Value::Bytes(hash.as_bytes())]).collect()
}

/// Runs a statement on all rows, whose values are given by column.
fn with_arrays<T>(
    sql: &str,
    columns: &[Column],
    rows: &[Vec<Value<'_>>],
    run: impl FnOnce(&str, &[Value<'_>]) -> Result<T, StorageError>,
) -> Result<T, StorageError> {
    let arrays: Vec<Array<'_>> = columns.iter().enumerate().map(|(at, (_, kind))| Array::new(*kind, at, rows)).collect();
    let parameter = |(at, (_, kind)): (usize, &Column)| {
        let element = match kind {
            Kind::Text => "TEXT",
            Kind::Number => "BIGINT",
            Kind::Bytes => "BYTEA",
        };
        format!("CAST(?{} AS {element}[])", at + 1)
    };
    let parameters = columns.iter().enumerate().map(parameter).collect::<Vec<_>>().join(", ");
    let names = columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let rows = format!("(SELECT * FROM unnest({parameters}) WITH ORDINALITY AS given ({names}, position))");
    run(&sql.replace("{rows}", &rows), &arrays.iter().map(Array::value).collect::<Vec<_>>())
}

/// The values of one column.
enum Array<'a> {
    Texts(Vec<Option<&'a str>>),
    Numbers(Vec<Option<i64>>),
    ByteStrings(Vec<Option<&'a [u8]>>),
}

impl<'a> Array<'a> {
    fn new(kind: Kind, at: usize, rows: &[Vec<Value<'a>>]) -> Self {
        let values = rows.iter().map(|row| row.get(at).copied().unwrap_or(Value::Null));
        match kind {
            Kind::Text => {
                Self::Texts(values.map(|value| if let Value::Text(text) = value { Some(text) } else { None }).collect())
            }
            Kind::Number => {
                Self::Numbers(values.map(|value| if let Value::Number(number) = value { Some(number) } else { None }).collect())
            }
            Kind::Bytes => {
                Self::ByteStrings(values.map(|value| if let Value::Bytes(bytes) = value { Some(bytes) } else { None }).collect())
            }
        }
    }

    fn value(&self) -> Value<'_> {
        match self {
            Self::Texts(texts) => Value::Texts(texts),
            Self::Numbers(numbers) => Value::Numbers(numbers),
            Self::ByteStrings(bytes) => Value::ByteStrings(bytes),
        }
    }
}
