//! The table `idempotency`: answers that are given again when their request comes again.

use postern_token::UnixSeconds;

use super::columns::Columns;
use super::value::values;
use super::{StorageError, Transaction};
use postern_secrets::Sealed;

const TABLE: &str = "idempotency";

/// An answer that was given.
#[derive(Debug, Clone)]
pub struct StoredResponse {
    /// A digest of the request, under the master key.
    pub fingerprint: [u8; 32],
    /// The answer, sealed for this table and the row `ACTOR KEY`.
    pub answer: Sealed,
    /// When it was given.
    pub created_at: UnixSeconds,
}

impl StoredResponse {
    /// The table that an answer is sealed for.
    pub const TABLE: &str = TABLE;
}

impl Transaction<'_> {
    /// Keeps the answer to the request that `actor` calls `key`, in the place of an older one.
    pub fn insert_answer(&self, actor: &str, key: &str, kept: &StoredResponse) -> Result<(), StorageError> {
        self.change("DELETE FROM idempotency WHERE actor = ?1 AND key = ?2", values![actor, key])?;
        let sql = "INSERT INTO idempotency (actor, key, fingerprint, answer, created_at) VALUES (?1, ?2, ?3, ?4, ?5)";
        self.change(sql, values![actor, key, &kept.fingerprint, kept.answer.as_bytes(), kept.created_at]).map(drop)
    }

    /// The answer to the request that `actor` calls `key`.
    pub fn answer(&self, actor: &str, key: &str) -> Result<Option<StoredResponse>, StorageError> {
        let sql = "SELECT fingerprint, answer, created_at FROM idempotency WHERE actor = ?1 AND key = ?2";
        self.find(sql, values![actor, key], |row| {
            let columns = Columns::new(row, TABLE);
            Ok(StoredResponse {
                fingerprint: *columns.hash("fingerprint")?.as_bytes(),
                answer: Sealed::from_bytes(columns.bytes("answer")?.to_vec()),
                created_at: columns.time("created_at")?,
            })
        })
    }

    /// Forgets every answer that was given to `actor`.
    pub fn delete_answers_of(&self, actor: &str) -> Result<(), StorageError> {
        self.change("DELETE FROM idempotency WHERE actor = ?1", values![actor]).map(drop)
    }

    /// Forgets every answer that was given before `time`, and says how many these were.
    pub fn delete_answers(&self, time: UnixSeconds) -> Result<usize, StorageError> {
        self.change("DELETE FROM idempotency WHERE created_at < ?1", values![time])
    }
}
