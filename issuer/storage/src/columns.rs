//! Conversions between columns and the issuer's types.

use std::collections::BTreeMap;
use std::str::FromStr;

use postern_token::{ApiReference, Identifier, KeyType, Kind, Scopes, Subscriptions, UnixSeconds};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::StorageError;
use super::row::Row;
use postern_model::{Restrictions, StatusIndex, StatusListId, Validities, Validity};
use postern_secrets::HashedSecret;

/// Reads the columns of one row. A value that this program would not write is an error that names the table and the column.
#[derive(Clone, Copy)]
pub(super) struct Columns<'a> {
    row: Row<'a>,
    table: &'static str,
}

impl<'a> Columns<'a> {
    pub(super) const fn new(row: Row<'a>, table: &'static str) -> Self {
        Self { row, table }
    }

    pub(super) fn text(self, column: &'static str) -> Result<String, StorageError> {
        self.borrowed(column).map(str::to_owned)
    }

    pub(super) fn optional_text(self, column: &'static str) -> Result<Option<String>, StorageError> {
        Ok(self.row.text(column)?.map(str::to_owned))
    }

    /// Text that lives as long as the row.
    pub(super) fn borrowed(self, column: &'static str) -> Result<&'a str, StorageError> {
        self.row.text(column)?.ok_or_else(|| self.corrupt(column))
    }

    pub(super) fn bytes(self, column: &'static str) -> Result<&'a [u8], StorageError> {
        self.row.bytes(column)?.ok_or_else(|| self.corrupt(column))
    }

    pub(super) fn optional_bytes(self, column: &'static str) -> Result<Option<&'a [u8]>, StorageError> {
        Ok(self.row.bytes(column)?)
    }

    pub(super) fn hash(self, column: &'static str) -> Result<HashedSecret, StorageError> {
        HashedSecret::from_bytes(self.bytes(column)?).ok_or_else(|| self.corrupt(column))
    }

    pub(super) fn parsed<T: FromStr>(self, column: &'static str) -> Result<T, StorageError> {
        self.borrowed(column)?.parse().map_err(|_| self.corrupt(column))
    }

    pub(super) fn optional_parsed<T: FromStr>(self, column: &'static str) -> Result<Option<T>, StorageError> {
        self.row.text(column)?.map(|text| text.parse().map_err(|_| self.corrupt(column))).transpose()
    }

    /// The value that `parse` makes of the column's text; an error if it is `None`.
    pub(super) fn parsed_with<T>(self, column: &'static str, parse: impl FnOnce(&str) -> Option<T>) -> Result<T, StorageError> {
        parse(self.borrowed(column)?).ok_or_else(|| self.corrupt(column))
    }

    /// The value of a column that holds JSON.
    pub(super) fn json<T: DeserializeOwned>(self, column: &'static str) -> Result<Option<T>, StorageError> {
        let text = self.row.text(column)?;
        text.map(|text| serde_json::from_str(text).map_err(|_| self.corrupt(column))).transpose()
    }

    pub(super) fn time(self, column: &'static str) -> Result<UnixSeconds, StorageError> {
        self.optional_time(column)?.ok_or_else(|| self.corrupt(column))
    }

    pub(super) fn optional_time(self, column: &'static str) -> Result<Option<UnixSeconds>, StorageError> {
        Ok(self.optional_count(column)?.map(UnixSeconds))
    }

    pub(super) fn validity(self, column: &'static str) -> Result<Validity, StorageError> {
        let seconds = self.row.number(column)?.ok_or_else(|| self.corrupt(column))?;
        Validity::from_seconds(seconds).map_err(|_| self.corrupt(column))
    }

    pub(super) fn optional_validity(self, column: &'static str) -> Result<Option<Validity>, StorageError> {
        let seconds = self.row.number(column)?;
        seconds.map(|seconds| Validity::from_seconds(seconds).map_err(|_| self.corrupt(column))).transpose()
    }

    pub(super) fn validities(self) -> Result<Validities, StorageError> {
        Ok(Validities { application: self.validity("application_validity")?, user: self.validity("user_validity")? })
    }

    pub(super) fn kind(self) -> Result<Kind, StorageError> {
        let kinds = [Kind::Application, Kind::User];
        self.parsed_with("kind", |text| kinds.into_iter().find(|kind| kind.as_str() == text))
    }

    pub(super) fn key_type(self) -> Result<KeyType, StorageError> {
        self.parsed_with("key_type", key_type)
    }

    /// The scopes of the column `scopes`; `None` if it is NULL.
    pub(super) fn scopes(self) -> Result<Option<Scopes<'static>>, StorageError> {
        let text = self.optional_text("scopes")?;
        text.map(|text| Scopes::parse(text).map_err(|_| self.corrupt("scopes"))).transpose()
    }

    pub(super) fn restrictions(self) -> Result<Restrictions, StorageError> {
        let list = |column| Ok::<_, StorageError>(self.json::<Vec<String>>(column)?.unwrap_or_default());
        let domain = |text| postern_token::DomainPattern::parse(text).map_err(|_| self.corrupt("domains"));
        let block = |text: String| text.parse().map_err(|_| self.corrupt("ips"));
        Ok(Restrictions {
            domains: list("domains")?.into_iter().map(domain).collect::<Result<_, _>>()?,
            ips: list("ips")?.into_iter().map(block).collect::<Result<_, _>>()?,
            scopes: self.scopes()?,
        })
    }

    /// The subscriptions in a column that holds a JSON object of tiers by API.
    pub(super) fn subscriptions(self, column: &'static str) -> Result<Option<Subscriptions<'static>>, StorageError> {
        let Some(tiers) = self.json::<BTreeMap<String, String>>(column)? else { return Ok(None) };
        let pair = |(api, tier): (String, String)| Some((ApiReference::parse(api).ok()?, Identifier::parse(tier).ok()?));
        let pairs: Option<Vec<_>> = tiers.into_iter().map(pair).collect();
        pairs.and_then(Subscriptions::new).map(Some).ok_or_else(|| self.corrupt(column))
    }

    pub(super) fn flag(self, column: &'static str) -> Result<bool, StorageError> {
        Ok(self.count(column)? != 0)
    }

    /// A number that is not negative.
    pub(super) fn count(self, column: &'static str) -> Result<u64, StorageError> {
        self.optional_count(column)?.ok_or_else(|| self.corrupt(column))
    }

    /// A number that is not negative; `None` if the column is NULL.
    pub(super) fn optional_count(self, column: &'static str) -> Result<Option<u64>, StorageError> {
        self.row.number(column)?.map(|number| u64::try_from(number).map_err(|_| self.corrupt(column))).transpose()
    }

    /// A number in the range of `T`; `None` if the column is NULL.
    pub(super) fn optional_integer<T: TryFrom<i64>>(self, column: &'static str) -> Result<Option<T>, StorageError> {
        self.row.number(column)?.map(|number| T::try_from(number).map_err(|_| self.corrupt(column))).transpose()
    }

    pub(super) fn status_list(self, column: &'static str) -> Result<StatusListId, StorageError> {
        self.count(column).map(StatusListId)
    }

    /// The status index of a token; `None` if it has none, as tokens of the first version.
    pub(super) fn status_index(self) -> Result<Option<StatusIndex>, StorageError> {
        let list = self.optional_count("status_list")?.map(StatusListId);
        let index = self.optional_integer("status_index")?;
        match (list, index) {
            (None, None) => Ok(None),
            (Some(list), Some(index)) => Ok(Some(StatusIndex { list, index })),
            _ => Err(self.corrupt("status_index")),
        }
    }

    pub(super) fn corrupt(self, column: &'static str) -> StorageError {
        StorageError::Corrupt { table: self.table, column }
    }
}

/// The environment that `text` names.
pub(super) fn key_type(text: &str) -> Option<KeyType> {
    [KeyType::Production, KeyType::Sandbox].into_iter().find(|key_type| key_type.as_str() == text)
}

/// The number of a status list as a parameter.
pub(super) fn list_number(list: StatusListId) -> i64 {
    i64::try_from(list.0).unwrap_or(i64::MAX)
}

/// A list as a parameter: a JSON array, or NULL for an empty list.
pub(super) fn json_list<T: Serialize>(
    list: &[T],
    table: &'static str,
    column: &'static str,
) -> Result<Option<String>, StorageError> {
    if list.is_empty() { Ok(None) } else { json(&list, table, column).map(Some) }
}

/// A value as a parameter in JSON.
pub(super) fn json<T: Serialize>(value: &T, table: &'static str, column: &'static str) -> Result<String, StorageError> {
    serde_json::to_string(value).map_err(|_| StorageError::Corrupt { table, column })
}
