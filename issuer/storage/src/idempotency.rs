//! The table `idempotency`: the responses to requests with an idempotency key.

use postern_token::UnixSeconds;

use super::columns::Columns;
use super::value::values;
use super::{StorageError, Transaction};
use postern_secrets::Sealed;

const TABLE: &str = "idempotency";

/// A stored response.
#[derive(Debug, Clone)]
pub struct StoredResponse {
    /// A digest of the request, keyed with the master key.
    pub fingerprint: [u8; 32],
    /// The response, sealed for this table and the row `ACTOR KEY`.
    pub answer: Sealed,
    /// The time of the response.
    pub created_at: UnixSeconds,
}

impl StoredResponse {
    /// The table that a response is sealed for.
    pub const TABLE: &str = TABLE;
}

impl Transaction<'_> {
    /// Stores the response to the request of `actor` with the idempotency key `key`, or replaces it.
    pub fn insert_answer(&self, actor: &str, key: &str, kept: &StoredResponse) -> Result<(), StorageError> {
        self.change("DELETE FROM idempotency WHERE actor = ?1 AND key = ?2", values![actor, key])?;
        let sql = "INSERT INTO idempotency (actor, key, fingerprint, answer, created_at) VALUES (?1, ?2, ?3, ?4, ?5)";
        self.change(sql, values![actor, key, &kept.fingerprint, kept.answer.as_bytes(), kept.created_at]).map(drop)
    }

    /// The response to the request of `actor` with the idempotency key `key`.
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

    /// Deletes all responses to `actor`.
    pub fn delete_answers_of(&self, actor: &str) -> Result<(), StorageError> {
        self.change("DELETE FROM idempotency WHERE actor = ?1", values![actor]).map(drop)
    }

    /// Deletes the responses from before `time`. Returns their number.
    pub fn delete_answers(&self, time: UnixSeconds) -> Result<usize, StorageError> {
        self.change("DELETE FROM idempotency WHERE created_at < ?1", values![time])
    }
}
