//! The table `token_profiles`: what the tokens of a client share.

use sha2::{Digest as _, Sha256};

use super::columns::{Columns, json, json_list};
use super::value::values;
use super::{StorageError, Transaction};
use postern_model::TokenRecord;
use postern_token::Scopes;

const TABLE: &str = "token_profiles";

/// The profile of a token that is to be stored.
pub(super) struct Profile<'a> {
    record: &'a TokenRecord,
    domains: Option<String>,
    ips: Option<String>,
    apis: Option<String>,
    /// Identifies the profile by all that is in it.
    pub(super) digest: String,
}

impl<'a> Profile<'a> {
    pub(super) fn of(record: &'a TokenRecord) -> Result<Self, StorageError> {
        let domains = json_list(&record.restrictions.domains, TABLE, "domains")?;
        let ips = json_list(&record.restrictions.ips, TABLE, "ips")?;
        let apis = record.apis.as_ref().map(|apis| json(apis, TABLE, "apis")).transpose()?;
        let text = [
            Some(record.application.as_str()),
            Some(record.consumer_key.as_str()),
            Some(record.kind.as_str()),
            Some(record.key_type.as_str()),
            Some(record.obtained.as_str()),
            domains.as_deref(),
            ips.as_deref(),
            record.scopes().map(Scopes::as_str),
            Some(record.kid.as_str()),
            apis.as_deref(),
            record.minted_by.as_deref(),
        ];
        let mut hash = Sha256::new();
        for part in text {
            // Its length ends each part, so that no two profiles are the same text.
            let length = part.map_or(u64::MAX, |part| u64::try_from(part.len()).unwrap_or(u64::MAX));
            hash.update(length.to_be_bytes());
            hash.update(part.unwrap_or_default());
        }
        Ok(Self { record, domains, ips, apis, digest: hex(&hash.finalize()) })
    }
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(DIGITS.get(usize::from(value)).copied().unwrap_or_default());
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

impl Transaction<'_> {
    /// The number of a profile, which is stored if it is new.
    pub(super) fn profile_number(&self, profile: &Profile<'_>) -> Result<i64, StorageError> {
        let sql = "SELECT number FROM token_profiles WHERE digest = ?1";
        match self.find(sql, values![&profile.digest], |row| Columns::new(row, TABLE).optional_integer("number"))?.flatten() {
            Some(number) => Ok(number),
            None => self.insert_profile(profile),
        }
    }

    /// Stores a profile. Another process may have stored it meanwhile.
    pub(super) fn insert_profile(&self, profile: &Profile<'_>) -> Result<i64, StorageError> {
        let sql =
            "INSERT INTO token_profiles (digest, application_id, consumer_key, kind, key_type, obtained, domains, ips, scopes,
                       kid, apis, minted_by)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
                   ON CONFLICT (digest) DO UPDATE SET digest = excluded.digest RETURNING number";
        let Profile { record, domains, ips, apis, digest } = profile;
        let values = values![
            digest,
            record.application.as_str(),
            record.consumer_key.as_str(),
            record.kind.as_str(),
            record.key_type.as_str(),
            record.obtained.as_str(),
            domains.as_ref(),
            ips.as_ref(),
            record.scopes().map(Scopes::as_str),
            record.kid.as_str(),
            apis.as_ref(),
            record.minted_by.as_ref(),
        ];
        let numbers = self.list(sql, values, |row| Columns::new(row, TABLE).optional_integer("number"))?;
        numbers.first().copied().flatten().ok_or(StorageError::Corrupt { table: TABLE, column: "number" })
    }

    /// Deletes at most `limit` profiles that neither a token nor an audit entry has. Returns their number.
    pub fn delete_unused_profiles(&self, limit: u32) -> Result<usize, StorageError> {
        let sql = "DELETE FROM token_profiles WHERE number IN (
                       SELECT number FROM token_profiles AS profiles
                       WHERE NOT EXISTS (SELECT 1 FROM tokens WHERE profile = profiles.number)
                       AND NOT EXISTS (SELECT 1 FROM audit_profiles WHERE profile = profiles.number) LIMIT ?1)";
        self.change(sql, values![limit])
    }
}
