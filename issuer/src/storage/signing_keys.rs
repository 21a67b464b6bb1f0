//! The table `signing_keys`.

use postern_token::{Identifier, Kid, UnixSeconds};
use rusqlite::Row;

use super::columns::{Columns, moment};
use super::{StorageError, Transaction};
use crate::secrets::Sealed;

/// A signing key as it rests.
#[derive(Debug, Clone)]
pub struct SealedSigningKey {
    /// Its name.
    pub kid: Kid<'static>,
    /// The key itself, sealed for this table and this name.
    pub sealed: Sealed,
}

impl SealedSigningKey {
    /// The table that a key is sealed for.
    pub const TABLE: &str = "signing_keys";
}

const COLUMNS: &str = "SELECT kid, sealed FROM signing_keys";

impl Transaction<'_> {
    /// Keeps a new key as the one that signs.
    pub fn insert_signing_key(&self, key: &SealedSigningKey, now: UnixSeconds) -> Result<(), StorageError> {
        self.change("UPDATE signing_keys SET state = 'published' WHERE state = 'signing'", [])?;
        let sql = "INSERT INTO signing_keys (kid, algorithm, state, sealed, created_at) VALUES (?1, 'HS256', 'signing', ?2, ?3)";
        self.change(sql, (key.kid.as_str(), key.sealed.as_bytes(), moment(now))).map(drop)
    }

    /// The key that signs.
    pub fn current_signing_key(&self) -> Result<Option<SealedSigningKey>, StorageError> {
        self.find(&format!("{COLUMNS} WHERE state = 'signing'"), [], read)
    }

    /// Every key, the oldest first.
    pub fn signing_keys(&self) -> Result<Vec<SealedSigningKey>, StorageError> {
        self.list(&format!("{COLUMNS} WHERE state <> 'retired' ORDER BY created_at, kid"), [], read)
    }
}

fn read(row: &Row<'_>) -> Result<SealedSigningKey, StorageError> {
    let columns = Columns::new(row, SealedSigningKey::TABLE);
    Ok(SealedSigningKey {
        kid: columns.word("kid", |text| Identifier::parse(text.to_owned()).ok())?,
        sealed: Sealed::from_bytes(columns.bytes("sealed")?),
    })
}
