//! The table `consents@`.

use super::UserTables;
use crate::StorageError;
use crate::columns::Columns;
use crate::row::Row;
use crate::value::values;
use postern_model::{Consent, ConsumerKey, UserName};
use postern_token::Scopes;

const TABLE: &str = "consents";

const COLUMNS: &str = "SELECT consumer_key, nullif(scopes, '') AS scopes, given_at FROM \"consents@\"";

impl UserTables<'_, '_> {
    /// Inserts the consent of a user to a client, or replaces it.
    pub fn put_consent(&self, user: &UserName, consent: &Consent) -> Result<(), StorageError> {
        let sql = "INSERT INTO \"consents@\" (name, consumer_key, scopes, given_at) VALUES (?1, ?2, ?3, ?4)
                   ON CONFLICT (name, consumer_key) DO UPDATE SET scopes = excluded.scopes, given_at = excluded.given_at";
        let scopes = consent.scopes.as_ref().map(Scopes::as_str).unwrap_or_default();
        self.change(sql, values![user.as_str(), consent.consumer_key.as_str(), scopes, consent.given_at]).map(drop)
    }

    /// The consent of a user to a client.
    pub fn consent(&self, user: &UserName, client: &ConsumerKey) -> Result<Option<Consent>, StorageError> {
        let sql = format!("{COLUMNS} WHERE name = ?1 AND consumer_key = ?2");
        self.find(&sql, values![user.as_str(), client.as_str()], read)
    }

    /// All consents of a user, latest last.
    pub fn consents(&self, user: &UserName) -> Result<Vec<Consent>, StorageError> {
        let sql = format!("{COLUMNS} WHERE name = ?1 ORDER BY given_at, consumer_key");
        self.list(&sql, values![user.as_str()], read)
    }

    /// Deletes the consents of all users to a client.
    pub fn delete_consents(&self, client: &ConsumerKey) -> Result<(), StorageError> {
        self.change("DELETE FROM \"consents@\" WHERE consumer_key = ?1", values![client.as_str()]).map(drop)
    }

    /// Deletes all consents of a user. Returns their number.
    pub fn delete_consents_of(&self, user: &UserName) -> Result<usize, StorageError> {
        self.change("DELETE FROM \"consents@\" WHERE name = ?1", values![user.as_str()])
    }

    /// Deletes the consent of a user to a client; `false` if there is none.
    pub fn delete_consent(&self, user: &UserName, client: &ConsumerKey) -> Result<bool, StorageError> {
        let sql = "DELETE FROM \"consents@\" WHERE name = ?1 AND consumer_key = ?2";
        Ok(self.change(sql, values![user.as_str(), client.as_str()])? == 1)
    }
}

fn read(row: Row<'_>) -> Result<Consent, StorageError> {
    let columns = Columns::new(row, TABLE);
    Ok(Consent { consumer_key: columns.parsed("consumer_key")?, scopes: columns.scopes()?, given_at: columns.time("given_at")? })
}
