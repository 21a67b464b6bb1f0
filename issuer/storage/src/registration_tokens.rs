//! The table `registration_tokens`, which holds the initial access tokens (RFC 7591).

use postern_token::UnixSeconds;

use super::columns::Columns;
use super::row::Row;
use super::value::values;
use super::{StorageError, Transaction};
use postern_model::{MemberName, RegistrationToken, RegistrationTokenId};
use postern_secrets::HashedSecret;

const TABLE: &str = "registration_tokens";

const COLUMNS: &str = "SELECT id, owner, description, registrations, created_at, expires_at FROM registration_tokens";

impl Transaction<'_> {
    /// Inserts an initial access token with the hash of its secret.
    pub fn insert_registration_token(&self, token: &RegistrationToken, hash: &HashedSecret) -> Result<(), StorageError> {
        let sql = "INSERT INTO registration_tokens (id, owner, description, token_hash, registrations, created_at, expires_at)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let RegistrationToken { id, owner, description, registrations, created_at, expires_at } = token;
        let registrations = i64::try_from(*registrations).unwrap_or(i64::MAX);
        let owner = owner.as_ref().map(MemberName::as_str);
        let values = values![id.as_str(), owner, description, hash.as_bytes(), registrations, *created_at, *expires_at];
        self.change(sql, values).map(drop)
    }

    /// The initial access tokens of an owner, or all if `owner` is `None`; oldest first.
    pub fn registration_tokens(&self, owner: Option<&MemberName>) -> Result<Vec<RegistrationToken>, StorageError> {
        let sql = format!("{COLUMNS} WHERE CAST(?1 AS TEXT) IS NULL OR owner = ?1 ORDER BY number");
        self.list(&sql, values![owner.map(MemberName::as_str)], read)
    }

    /// The initial access token with this id.
    pub fn registration_token(&self, id: &RegistrationTokenId) -> Result<Option<RegistrationToken>, StorageError> {
        self.find(&format!("{COLUMNS} WHERE id = ?1"), values![id.as_str()], read)
    }

    /// The initial access token with this hash. The hash is that of a secret that cannot be guessed, so the time of the look-up
    /// reveals nothing.
    pub fn presented_registration_token(&self, hash: &HashedSecret) -> Result<Option<RegistrationToken>, StorageError> {
        self.find(&format!("{COLUMNS} WHERE token_hash = ?1"), values![hash.as_bytes()], read)
    }

    /// Uses up one registration; `false` if none is left.
    pub fn count_registration(&self, id: &RegistrationTokenId) -> Result<bool, StorageError> {
        let sql = "UPDATE registration_tokens SET registrations = registrations - 1 WHERE id = ?1 AND registrations > 0";
        Ok(self.change(sql, values![id.as_str()])? == 1)
    }

    /// Deletes an initial access token.
    pub fn delete_registration_token(&self, id: &RegistrationTokenId) -> Result<(), StorageError> {
        self.change("DELETE FROM registration_tokens WHERE id = ?1", values![id.as_str()]).map(drop)
    }

    /// Deletes the initial access tokens that expired before `time`. Returns their number.
    pub fn delete_expired_registration_tokens(&self, time: UnixSeconds) -> Result<usize, StorageError> {
        self.change("DELETE FROM registration_tokens WHERE expires_at < ?1", values![time])
    }
}

fn read(row: Row<'_>) -> Result<RegistrationToken, StorageError> {
    let columns = Columns::new(row, TABLE);
    Ok(RegistrationToken {
        id: columns.parsed("id")?,
        owner: columns.optional_parsed("owner")?,
        description: columns.text("description")?,
        registrations: columns.count("registrations")?,
        created_at: columns.time("created_at")?,
        expires_at: columns.optional_time("expires_at")?,
    })
}
