//! The table `codes@`, which holds authorization codes.

use postern_token::{Scopes, UnixSeconds};

use super::UserTables;
use crate::StorageError;
use crate::columns::Columns;
use crate::value::values;
use postern_model::{AuthorizationCode, ConsumerKey, GrantId, UserName};
use postern_secrets::HashedSecret;

const TABLE: &str = "codes";

impl UserTables<'_, '_> {
    /// Inserts an authorization code with its hash.
    pub fn insert_code(&self, hash: &HashedSecret, code: &AuthorizationCode) -> Result<(), StorageError> {
        let sql = "INSERT INTO \"codes@\" (code_hash, name, consumer_key, redirect_uri, scopes, challenge, expires_at)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let AuthorizationCode { user, consumer_key, redirect_uri, scopes, challenge, expires_at, grant: _ } = code;
        let values = values![
            hash.as_bytes(),
            user.as_str(),
            consumer_key.as_str(),
            redirect_uri.as_str(),
            scopes.as_ref().map(Scopes::as_str).unwrap_or_default(),
            challenge,
            *expires_at,
        ];
        self.change(sql, values).map(drop)
    }

    /// The authorization code with this hash.
    pub fn code(&self, code: &HashedSecret) -> Result<Option<AuthorizationCode>, StorageError> {
        self.find_code(code, "")
    }

    /// The same, with its row locked until the end of the transaction.
    pub fn code_to_exchange(&self, code: &HashedSecret) -> Result<Option<AuthorizationCode>, StorageError> {
        self.find_code(code, self.transaction.for_update())
    }

    fn find_code(&self, code: &HashedSecret, lock: &str) -> Result<Option<AuthorizationCode>, StorageError> {
        let sql = "SELECT name, consumer_key, redirect_uri, nullif(scopes, '') AS scopes, challenge, expires_at, grant_id
                   FROM \"codes@\" WHERE code_hash = ?1";
        self.find(&format!("{sql}{lock}"), values![code.as_bytes()], |row| {
            let columns = Columns::new(row, TABLE);
            Ok(AuthorizationCode {
                user: columns.parsed("name")?,
                consumer_key: columns.parsed("consumer_key")?,
                redirect_uri: columns.parsed("redirect_uri")?,
                scopes: columns.scopes()?,
                challenge: columns.text("challenge")?,
                expires_at: columns.time("expires_at")?,
                grant: columns.optional_parsed("grant_id")?,
            })
        })
    }

    /// Marks a code as exchanged for a grant.
    pub fn spend_code(&self, code: &HashedSecret, grant: &GrantId) -> Result<(), StorageError> {
        let sql = "UPDATE \"codes@\" SET grant_id = ?2 WHERE code_hash = ?1";
        self.change(sql, values![code.as_bytes(), grant.as_str()]).map(drop)
    }

    /// Deletes the codes of a user that were not exchanged yet: for one client, or for all if `client` is `None`.
    pub fn delete_unspent_codes(&self, user: &UserName, client: Option<&ConsumerKey>) -> Result<(), StorageError> {
        let sql = "DELETE FROM \"codes@\" WHERE name = ?1 AND grant_id IS NULL AND consumer_key = coalesce(?2, consumer_key)";
        self.change(sql, values![user.as_str(), client.map(ConsumerKey::as_str)]).map(drop)
    }

    /// Deletes the codes that expired before `time`. Returns their number.
    pub fn delete_expired_codes(&self, time: UnixSeconds) -> Result<usize, StorageError> {
        self.change("DELETE FROM \"codes@\" WHERE expires_at < ?1", values![time])
    }
}
