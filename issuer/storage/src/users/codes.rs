//! The table `codes@`, which holds authorization codes.

use postern_token::{Scopes, UnixSeconds};

use super::UserTables;
use crate::StorageError;
use crate::columns::Columns;
use crate::many::{Each, Kind, hashes};
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

    /// The authorization codes with these hashes, in their order. In a transaction that writes, their rows are locked until its end.
    pub fn codes(&self, codes: &[&HashedSecret]) -> Result<Vec<Option<AuthorizationCode>>, StorageError> {
        let columns = "name, consumer_key, redirect_uri, nullif(scopes, '') AS scopes, challenge, expires_at, grant_id";
        let one = format!("SELECT {columns} FROM \"codes@\" WHERE code_hash = ?1");
        let lock = if self.transaction.is_snapshot() { "" } else { "ORDER BY code_hash FOR UPDATE OF codes" };
        let all =
            format!("SELECT position, {columns} FROM {{rows}} AS asked JOIN \"codes@\" AS codes ON code_hash = hash {lock}");
        self.find_each(Each { one: &one, all: &all }, &[("hash", Kind::Bytes)], &hashes(codes), |row| {
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

    /// Marks codes as exchanged, each for a grant.
    pub fn spend_codes(&self, codes: &[(&HashedSecret, &GrantId)]) -> Result<(), StorageError> {
        let sql = Each {
            one: "UPDATE \"codes@\" SET grant_id = ?2 WHERE code_hash = ?1",
            all: "UPDATE \"codes@\" SET grant_id = new_grant FROM {rows} AS used WHERE code_hash = used_hash",
        };
        let rows: Vec<_> = codes.iter().map(|(code, grant)| values![code.as_bytes(), grant.as_str()].to_vec()).collect();
        self.change_each(sql, &[("used_hash", Kind::Bytes), ("new_grant", Kind::Text)], &rows).map(drop)
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
