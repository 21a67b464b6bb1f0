//! The table `consumer_secrets`.

use postern_token::UnixSeconds;

use super::columns::Columns;
use super::row::Row;
use super::value::values;
use super::{StorageError, Transaction};
use postern_model::{ConsumerKey, ConsumerSecret, ConsumerSecretId};

impl Transaction<'_> {
    /// Inserts a consumer secret.
    pub fn insert_consumer_secret(&self, consumer_key: &ConsumerKey, secret: &ConsumerSecret) -> Result<(), StorageError> {
        let sql = "INSERT INTO consumer_secrets (id, consumer_key, secret_hash, description, created_at, expires_at)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let ConsumerSecret { id, hash, description, created_at, expires_at } = secret;
        let key = consumer_key.as_str();
        let values = values![id.as_str(), key, hash.as_bytes(), description.as_deref(), *created_at, *expires_at];
        self.change(sql, values).map(drop)
    }

    /// Deletes a secret of a consumer key; `false` if it has no secret with this id.
    pub fn delete_consumer_secret(&self, consumer_key: &ConsumerKey, id: &ConsumerSecretId) -> Result<bool, StorageError> {
        let sql = "DELETE FROM consumer_secrets WHERE consumer_key = ?1 AND id = ?2";
        Ok(self.change(sql, values![consumer_key.as_str(), id.as_str()])? == 1)
    }

    /// Makes a secret expire at `time`, unless it expires earlier.
    pub fn limit_consumer_secret(&self, id: &ConsumerSecretId, time: UnixSeconds) -> Result<(), StorageError> {
        let sql = "UPDATE consumer_secrets SET expires_at = ?2 WHERE id = ?1 AND (expires_at IS NULL OR expires_at > ?2)";
        self.change(sql, values![id.as_str(), time]).map(drop)
    }

    /// Deletes the secrets that expired before `time`. Returns their number.
    pub fn delete_expired_consumer_secrets(&self, time: UnixSeconds) -> Result<usize, StorageError> {
        self.change("DELETE FROM consumer_secrets WHERE expires_at < ?1", values![time])
    }

    /// The secrets of a consumer key from an unauthenticated request, oldest first, with the expired ones.
    pub fn consumer_secrets(&self, consumer_key: &str) -> Result<Vec<ConsumerSecret>, StorageError> {
        let sql = "SELECT id, secret_hash, description, created_at, expires_at FROM consumer_secrets
                   WHERE consumer_key = ?1 ORDER BY created_at, rowid";
        self.list(sql, values![consumer_key], read)
    }
}

fn read(row: Row<'_>) -> Result<ConsumerSecret, StorageError> {
    let columns = Columns::new(row, "consumer_secrets");
    Ok(ConsumerSecret {
        id: columns.parsed("id")?,
        hash: columns.hash("secret_hash")?,
        description: columns.optional_text("description")?,
        created_at: columns.time("created_at")?,
        expires_at: columns.optional_time("expires_at")?,
    })
}
