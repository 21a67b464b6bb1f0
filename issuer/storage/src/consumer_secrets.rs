//! The table `consumer_secrets`.

use postern_token::UnixSeconds;

use super::columns::Columns;
use super::row::Row;
use super::value::values;
use super::{StorageError, Transaction};
use postern_model::{ConsumerKey, ConsumerSecret, ConsumerSecretId};

impl Transaction<'_> {
    /// Keeps a new secret.
    pub fn insert_consumer_secret(&self, consumer_key: &ConsumerKey, secret: &ConsumerSecret) -> Result<(), StorageError> {
        let sql = "INSERT INTO consumer_secrets (id, consumer_key, secret_hash, created_at, expires_at)
                   VALUES (?1, ?2, ?3, ?4, ?5)";
        let ConsumerSecret { id, hash, created_at, expires_at } = secret;
        self.change(sql, values![id.as_str(), consumer_key.as_str(), hash.as_bytes(), *created_at, *expires_at]).map(drop)
    }

    /// Forgets a secret of that consumer key; `false` when it has none of that id.
    pub fn delete_consumer_secret(&self, consumer_key: &ConsumerKey, id: &ConsumerSecretId) -> Result<bool, StorageError> {
        let sql = "DELETE FROM consumer_secrets WHERE consumer_key = ?1 AND id = ?2";
        Ok(self.change(sql, values![consumer_key.as_str(), id.as_str()])? == 1)
    }

    /// Has a secret run out no later than at `time`.
    pub fn limit_consumer_secret(&self, id: &ConsumerSecretId, time: UnixSeconds) -> Result<(), StorageError> {
        let sql = "UPDATE consumer_secrets SET expires_at = ?2 WHERE id = ?1 AND (expires_at IS NULL OR expires_at > ?2)";
        self.change(sql, values![id.as_str(), time]).map(drop)
    }

    /// Forgets every secret that ran out before `time`, and says how many these were.
    pub fn delete_expired_consumer_secrets(&self, time: UnixSeconds) -> Result<usize, StorageError> {
        self.change("DELETE FROM consumer_secrets WHERE expires_at < ?1", values![time])
    }

    /// The secrets of the consumer key that a stranger says they have, those that ran out among them, the oldest first.
    pub fn consumer_secrets(&self, consumer_key: &str) -> Result<Vec<ConsumerSecret>, StorageError> {
        let sql = "SELECT id, secret_hash, created_at, expires_at FROM consumer_secrets
                   WHERE consumer_key = ?1 ORDER BY created_at, rowid";
        self.list(sql, values![consumer_key], read)
    }
}

fn read(row: Row<'_>) -> Result<ConsumerSecret, StorageError> {
    let columns = Columns::new(row, "consumer_secrets");
    Ok(ConsumerSecret {
        id: columns.parsed("id")?,
        hash: columns.hash("secret_hash")?,
        created_at: columns.time("created_at")?,
        expires_at: columns.optional_time("expires_at")?,
    })
}
