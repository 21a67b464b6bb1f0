//! How the catalogue's types stand in columns.

use std::str::FromStr;

use postern_token::{KeyType, Kind, Scopes, UnixSeconds};
use rusqlite::Row;
use serde::Serialize;

use super::StorageError;
use crate::catalogue::{Restrictions, StatusListId, StatusPlace, Validities, Validity};

/// Reads the columns of one table; what is not as this program writes it is an error that names its column.
#[derive(Clone, Copy)]
pub(super) struct Columns<'a> {
    row: &'a Row<'a>,
    table: &'static str,
}

impl<'a> Columns<'a> {
    pub(super) const fn new(row: &'a Row<'a>, table: &'static str) -> Self {
        Self { row, table }
    }

    pub(super) fn text(self, column: &'static str) -> Result<String, StorageError> {
        Ok(self.row.get(column)?)
    }

    pub(super) fn bytes(self, column: &'static str) -> Result<Vec<u8>, StorageError> {
        Ok(self.row.get(column)?)
    }

    pub(super) fn parsed<T: FromStr>(self, column: &'static str) -> Result<T, StorageError> {
        self.text(column)?.parse().map_err(|_| self.corrupt(column))
    }

    /// The value that `parse` makes of the column's text.
    pub(super) fn word<T>(self, column: &'static str, parse: impl FnOnce(&str) -> Option<T>) -> Result<T, StorageError> {
        parse(&self.text(column)?).ok_or_else(|| self.corrupt(column))
    }

    pub(super) fn moment(self, column: &'static str) -> Result<UnixSeconds, StorageError> {
        self.optional_moment(column)?.ok_or_else(|| self.corrupt(column))
    }

    pub(super) fn optional_moment(self, column: &'static str) -> Result<Option<UnixSeconds>, StorageError> {
        let seconds: Option<i64> = self.row.get(column)?;
        seconds.map(|seconds| u64::try_from(seconds).map(UnixSeconds).map_err(|_| self.corrupt(column))).transpose()
    }

    pub(super) fn validity(self, column: &'static str) -> Result<Validity, StorageError> {
        Validity::from_seconds(self.row.get(column)?).map_err(|_| self.corrupt(column))
    }

    pub(super) fn validities(self) -> Result<Validities, StorageError> {
        Ok(Validities { application: self.validity("application_validity")?, user: self.validity("user_validity")? })
    }

    pub(super) fn kind(self) -> Result<Kind, StorageError> {
        let kinds = [Kind::Application, Kind::User];
        self.word("kind", |text| kinds.into_iter().find(|kind| kind.as_str() == text))
    }

    pub(super) fn key_type(self) -> Result<KeyType, StorageError> {
        let key_types = [KeyType::Production, KeyType::Sandbox];
        self.word("key_type", |text| key_types.into_iter().find(|key_type| key_type.as_str() == text))
    }

    pub(super) fn restrictions(self) -> Result<Restrictions, StorageError> {
        let list = |column| -> Result<Vec<String>, StorageError> {
            let text: Option<String> = self.row.get(column)?;
            let list = text.map(|text| serde_json::from_str(&text).map_err(|_| self.corrupt(column))).transpose()?;
            Ok(list.unwrap_or_default())
        };
        let domain = |text| postern_token::DomainPattern::parse(text).map_err(|_| self.corrupt("domains"));
        let block = |text: String| text.parse().map_err(|_| self.corrupt("ips"));
        let scopes: Option<String> = self.row.get("scopes")?;
        Ok(Restrictions {
            domains: list("domains")?.into_iter().map(domain).collect::<Result<_, _>>()?,
            ips: list("ips")?.into_iter().map(block).collect::<Result<_, _>>()?,
            scopes: scopes.map(|text| Scopes::parse(text).map_err(|_| self.corrupt("scopes"))).transpose()?,
        })
    }

    /// A number that is not negative.
    pub(super) fn count(self, column: &'static str) -> Result<u64, StorageError> {
        let number: i64 = self.row.get(column)?;
        u64::try_from(number).map_err(|_| self.corrupt(column))
    }

    /// The number of a status list.
    pub(super) fn status_list(self, column: &'static str) -> Result<StatusListId, StorageError> {
        self.count(column).map(StatusListId)
    }

    /// Where a token's status is, if it has one.
    pub(super) fn status_place(self) -> Result<Option<StatusPlace>, StorageError> {
        let index: Option<u32> = self.row.get("status_index")?;
        index.map(|index| Ok(StatusPlace { list: self.status_list("status_list")?, index })).transpose()
    }

    fn corrupt(self, column: &'static str) -> StorageError {
        StorageError::Corrupt { table: self.table, column }
    }
}

/// A moment as a column holds it. One beyond the column's range is its end, some 292 billion years from now.
pub(super) fn moment(moment: UnixSeconds) -> i64 {
    i64::try_from(moment.0).unwrap_or(i64::MAX)
}

/// The number of a status list as a column holds it.
pub(super) fn list_number(list: StatusListId) -> i64 {
    i64::try_from(list.0).unwrap_or(i64::MAX)
}

/// A list as a column holds it: a JSON array, or nothing for an empty one.
pub(super) fn json_list<T: Serialize>(
    list: &[T],
    table: &'static str,
    column: &'static str,
) -> Result<Option<String>, StorageError> {
    if list.is_empty() {
        return Ok(None);
    }
    serde_json::to_string(list).map(Some).map_err(|_| StorageError::Corrupt { table, column })
}
