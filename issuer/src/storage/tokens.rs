//! The table `tokens`.

use postern_token::Identifier;
use rusqlite::{Row, named_params};

use super::columns::{Columns, json_list, list_number, moment};
use super::{StorageError, Transaction};
use crate::catalogue::{ApplicationId, ConsumerKey, Obtained, TokenId, TokenRecord, TokenState};

const TABLE: &str = "tokens";

impl Transaction<'_> {
    /// Keeps the record of a new token.
    pub fn insert_token(&self, token: &TokenRecord) -> Result<(), StorageError> {
        let sql = "INSERT INTO tokens (id, application_id, consumer_key, kind, key_type, obtained, domains, ips, scopes,
                       issued_at, expires_at, state, kid, status_list, status_index)
                   VALUES (:id, :application_id, :consumer_key, :kind, :key_type, :obtained, :domains, :ips, :scopes,
                       :issued_at, :expires_at, :state, :kid, :status_list, :status_index)";
        let params = named_params! {
            ":id": token.id.as_str(),
            ":application_id": token.application.as_str(),
            ":consumer_key": token.consumer_key.as_str(),
            ":kind": token.kind.as_str(),
            ":key_type": token.key_type.as_str(),
            ":obtained": token.obtained.as_str(),
            ":domains": json_list(&token.restrictions.domains, TABLE, "domains")?,
            ":ips": json_list(&token.restrictions.ips, TABLE, "ips")?,
            ":scopes": token.scopes().map(postern_token::Scopes::as_str),
            ":issued_at": moment(token.issued_at),
            ":expires_at": token.expires_at.map(moment),
            ":state": token.state.as_str(),
            ":kid": token.kid.as_str(),
            ":status_list": token.status.map(|place| list_number(place.list)),
            ":status_index": token.status.map(|place| place.index),
        };
        self.change(sql, params).map(drop)
    }

    /// Marks the token of a key set that its owner was shown as replaced. What the application itself obtained stays.
    pub fn replace_shown_token(&self, consumer_key: &ConsumerKey) -> Result<(), StorageError> {
        let sql = "UPDATE tokens SET state = 'replaced'
                   WHERE consumer_key = ?1 AND state = 'active' AND obtained IN ('generated', 'regenerated')";
        self.change(sql, [consumer_key.as_str()]).map(drop)
    }

    /// The records of an application's tokens, the oldest first.
    pub fn tokens(&self, application: &ApplicationId) -> Result<Vec<TokenRecord>, StorageError> {
        let sql = "SELECT id, application_id, consumer_key, kind, key_type, obtained, domains, ips, scopes, issued_at,
                       expires_at, state, kid, status_list, status_index
                   FROM tokens WHERE application_id = ?1 ORDER BY issued_at, number";
        self.list(sql, [application.as_str()], read)
    }
}

fn read(row: &Row<'_>) -> Result<TokenRecord, StorageError> {
    let columns = Columns::new(row, TABLE);
    Ok(TokenRecord {
        id: columns.word("id", |text| TokenId::parse(text.to_owned()))?,
        application: columns.parsed("application_id")?,
        consumer_key: columns.parsed("consumer_key")?,
        kind: columns.kind()?,
        key_type: columns.key_type()?,
        obtained: columns.word("obtained", Obtained::parse)?,
        restrictions: columns.restrictions()?,
        issued_at: columns.moment("issued_at")?,
        expires_at: columns.optional_moment("expires_at")?,
        state: columns.word("state", TokenState::parse)?,
        kid: columns.word("kid", |text| Identifier::parse(text.to_owned()).ok())?,
        status: columns.status_place()?,
    })
}
