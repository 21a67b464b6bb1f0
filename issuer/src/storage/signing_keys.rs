//! The table `signing_keys`.

use postern_token::{Algorithm, Identifier, Kid, UnixSeconds};
use rusqlite::Row;

use super::columns::{Columns, moment};
use super::{StorageError, Transaction};
use crate::catalogue::{KeyState, SigningKeyRecord};
use crate::secrets::Sealed;

/// A signing key as it rests.
#[derive(Debug, Clone)]
pub struct SealedSigningKey {
    /// Its name.
    pub kid: Kid<'static>,
    /// The one algorithm that it is for.
    pub algorithm: Algorithm,
    /// The key itself, sealed for this table and this name.
    pub sealed: Sealed,
}

impl SealedSigningKey {
    /// The table that a key is sealed for.
    pub const TABLE: &str = "signing_keys";
}

const COLUMNS: &str = "SELECT kid, algorithm, sealed FROM signing_keys";

const RECORD: &str = "SELECT kid, algorithm, state, created_at FROM signing_keys";

impl Transaction<'_> {
    /// Keeps a new key, which edges verify with and nothing signs with yet.
    pub fn insert_signing_key(&self, key: &SealedSigningKey, now: UnixSeconds) -> Result<(), StorageError> {
        let sql = "INSERT INTO signing_keys (kid, algorithm, state, sealed, created_at) VALUES (?1, ?2, 'published', ?3, ?4)";
        self.change(sql, (key.kid.as_str(), key.algorithm.as_str(), key.sealed.as_bytes(), moment(now))).map(drop)
    }

    /// Makes a published key the one that signs; the one before it is published from then on.
    pub fn sign_with(&self, kid: &Kid<'_>) -> Result<(), StorageError> {
        self.change("UPDATE signing_keys SET state = 'published' WHERE state = 'signing'", [])?;
        self.change("UPDATE signing_keys SET state = 'signing' WHERE kid = ?1 AND state = 'published'", [kid.as_str()]).map(drop)
    }

    /// Forgets a published key but for its record.
    pub fn retire_signing_key(&self, kid: &Kid<'_>) -> Result<(), StorageError> {
        let sql = "UPDATE signing_keys SET state = 'retired', sealed = NULL WHERE kid = ?1 AND state = 'published'";
        self.change(sql, [kid.as_str()]).map(drop)
    }

    /// The key that signs.
    pub fn current_signing_key(&self) -> Result<Option<SealedSigningKey>, StorageError> {
        self.find(&format!("{COLUMNS} WHERE state = 'signing'"), [], read)
    }

    /// The key of that name, unless it is retired.
    pub fn signing_key(&self, kid: &Kid<'_>) -> Result<Option<SealedSigningKey>, StorageError> {
        self.find(&format!("{COLUMNS} WHERE kid = ?1 AND state <> 'retired'"), [kid.as_str()], read)
    }

    /// Every key that edges verify with, the oldest first.
    pub fn signing_keys(&self) -> Result<Vec<SealedSigningKey>, StorageError> {
        self.list(&format!("{COLUMNS} WHERE state <> 'retired' ORDER BY rowid"), [], read)
    }

    /// The record of every key that there ever was, the oldest first.
    pub fn signing_key_records(&self) -> Result<Vec<SigningKeyRecord>, StorageError> {
        self.list(&format!("{RECORD} ORDER BY rowid"), [], read_record)
    }

    /// The record of a key.
    pub fn signing_key_record(&self, kid: &Kid<'_>) -> Result<Option<SigningKeyRecord>, StorageError> {
        self.find(&format!("{RECORD} WHERE kid = ?1"), [kid.as_str()], read_record)
    }
}

fn read(row: &Row<'_>) -> Result<SealedSigningKey, StorageError> {
    let columns = Columns::new(row, SealedSigningKey::TABLE);
    Ok(SealedSigningKey {
        kid: kid(columns)?,
        algorithm: algorithm(columns)?,
        sealed: Sealed::from_bytes(columns.bytes("sealed")?),
    })
}

fn read_record(row: &Row<'_>) -> Result<SigningKeyRecord, StorageError> {
    let columns = Columns::new(row, SealedSigningKey::TABLE);
    Ok(SigningKeyRecord {
        kid: kid(columns)?,
        algorithm: algorithm(columns)?,
        state: columns.word("state", KeyState::parse)?,
        created_at: columns.moment("created_at")?,
    })
}

fn kid(columns: Columns<'_>) -> Result<Kid<'static>, StorageError> {
    columns.word("kid", |text| Identifier::parse(text.to_owned()).ok())
}

fn algorithm(columns: Columns<'_>) -> Result<Algorithm, StorageError> {
    columns.word("algorithm", |text| Algorithm::ALL.into_iter().find(|algorithm| algorithm.as_str() == text))
}
