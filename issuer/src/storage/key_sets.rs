//! The table `key_sets`.

use postern_token::{KeyType, UnixSeconds};
use rusqlite::{Row, named_params};

use super::columns::{Columns, json_list, moment};
use super::{StorageError, Transaction};
use crate::catalogue::{ApplicationId, KeySet};
use crate::secrets::HashedSecret;

const TABLE: &str = "key_sets";

const COLUMNS: &str = "SELECT consumer_key, application_id, key_type, secret_hash, domains, ips, scopes, validity FROM key_sets";

impl Transaction<'_> {
    /// Keeps a new key set; `false` when the application has one of its key type.
    pub fn insert_key_set(&self, key_set: &KeySet, now: UnixSeconds) -> Result<bool, StorageError> {
        let sql = "INSERT INTO key_sets
                       (consumer_key, application_id, key_type, secret_hash, domains, ips, scopes, validity, created_at)
                   VALUES (:consumer_key, :application_id, :key_type, :secret_hash, :domains, :ips, :scopes, :validity, :created_at)
                   ON CONFLICT (application_id, key_type) DO NOTHING";
        let params = named_params! {
            ":consumer_key": key_set.consumer_key.as_str(),
            ":application_id": key_set.application.as_str(),
            ":key_type": key_set.key_type.as_str(),
            ":secret_hash": key_set.secret.as_bytes(),
            ":domains": json_list(&key_set.restrictions.domains, TABLE, "domains")?,
            ":ips": json_list(&key_set.restrictions.ips, TABLE, "ips")?,
            ":scopes": key_set.restrictions.scopes.as_ref().map(postern_token::Scopes::as_str),
            ":validity": key_set.validity.as_seconds(),
            ":created_at": moment(now),
        };
        Ok(self.change(sql, params)? == 1)
    }

    /// Changes a key set's secret, what its tokens may do, and for how long.
    pub fn update_key_set(&self, key_set: &KeySet) -> Result<(), StorageError> {
        let sql = "UPDATE key_sets SET secret_hash = :secret_hash, domains = :domains, ips = :ips, scopes = :scopes,
                       validity = :validity
                   WHERE consumer_key = :consumer_key";
        let params = named_params! {
            ":consumer_key": key_set.consumer_key.as_str(),
            ":secret_hash": key_set.secret.as_bytes(),
            ":domains": json_list(&key_set.restrictions.domains, TABLE, "domains")?,
            ":ips": json_list(&key_set.restrictions.ips, TABLE, "ips")?,
            ":scopes": key_set.restrictions.scopes.as_ref().map(postern_token::Scopes::as_str),
            ":validity": key_set.validity.as_seconds(),
        };
        self.change(sql, params).map(drop)
    }

    /// An application's key set of that type.
    pub fn key_set(&self, application: &ApplicationId, key_type: KeyType) -> Result<Option<KeySet>, StorageError> {
        let sql = format!("{COLUMNS} WHERE application_id = ?1 AND key_type = ?2");
        self.find(&sql, [application.as_str(), key_type.as_str()], read)
    }

    /// An application's key sets.
    pub fn key_sets(&self, application: &ApplicationId) -> Result<Vec<KeySet>, StorageError> {
        self.list(&format!("{COLUMNS} WHERE application_id = ?1 ORDER BY key_type"), [application.as_str()], read)
    }

    /// The hash of the secret that belongs to the consumer key a stranger says they have.
    pub fn secret_of_client(&self, client_id: &str) -> Result<Option<HashedSecret>, StorageError> {
        let sql = "SELECT secret_hash FROM key_sets WHERE consumer_key = ?1";
        self.find(sql, [client_id], |row| secret(Columns::new(row, TABLE)))
    }

    /// The key set of that consumer key.
    pub fn key_set_of_client(&self, client_id: &str) -> Result<Option<KeySet>, StorageError> {
        self.find(&format!("{COLUMNS} WHERE consumer_key = ?1"), [client_id], read)
    }
}

fn read(row: &Row<'_>) -> Result<KeySet, StorageError> {
    let columns = Columns::new(row, TABLE);
    Ok(KeySet {
        consumer_key: columns.parsed("consumer_key")?,
        application: columns.parsed("application_id")?,
        key_type: columns.key_type()?,
        secret: secret(columns)?,
        restrictions: columns.restrictions()?,
        validity: columns.validity("validity")?,
    })
}

fn secret(columns: Columns<'_>) -> Result<HashedSecret, StorageError> {
    const COLUMN: &str = "secret_hash";
    HashedSecret::from_bytes(&columns.bytes(COLUMN)?).ok_or(StorageError::Corrupt { table: TABLE, column: COLUMN })
}
