//! The table `tokens`.

use postern_token::{ApiReference, Identifier, Kid, UnixSeconds};
use rusqlite::types::Value;
use rusqlite::{Row, named_params, params_from_iter};

use super::columns::{Columns, json_list, list_number, moment};
use super::{StorageError, Transaction};
use crate::catalogue::{ApplicationId, ConsumerKey, Obtained, StatusPlace, TokenId, TokenRecord, TokenState};

const TABLE: &str = "tokens";

const COLUMNS: &str = "SELECT id, application_id, consumer_key, kind, key_type, obtained, domains, ips, scopes, issued_at,
                           expires_at, state, kid, status_list, status_index FROM tokens";

/// Tokens that live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LiveTokens {
    /// How many they are.
    pub count: u64,
    /// When the last of them runs out; `None` when there is none, or one that never does.
    pub until: Option<UnixSeconds>,
}

/// The tokens that are to end.
#[derive(Debug, Clone, Copy)]
pub enum Ending<'a> {
    /// One token.
    Token(&'a TokenId),
    /// The one of a key set that its owner was shown.
    Shown(&'a ConsumerKey),
    /// Every token of an application.
    Application(&'a ApplicationId),
    /// Every token that a key signed.
    Key(&'a Kid<'a>),
    /// Every token of an application that holds its subscription to an API.
    Subscription(&'a ApplicationId, &'a ApiReference<'static>),
}

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

    /// Gives active tokens another state, and says where each of them has its status. Those that ran out until `after` are left
    /// alone, but for one that was shown: its key set is to have another.
    pub fn end_tokens(
        &self,
        which: Ending<'_>,
        state: TokenState,
        after: UnixSeconds,
    ) -> Result<Vec<Option<StatusPlace>>, StorageError> {
        let alive = "(expires_at IS NULL OR expires_at > ?2)";
        let (condition, names) = match which {
            Ending::Token(id) => (format!("{alive} AND id = ?3"), vec![id.as_str()]),
            Ending::Shown(consumer_key) => {
                let shown = "?2 IS NOT NULL AND consumer_key = ?3 AND obtained IN ('generated', 'regenerated')";
                (shown.to_owned(), vec![consumer_key.as_str()])
            }
            Ending::Application(application) => (format!("{alive} AND application_id = ?3"), vec![application.as_str()]),
            Ending::Key(kid) => (format!("{alive} AND kid = ?3"), vec![kid.as_str()]),
            Ending::Subscription(application, api) => {
                let since = "SELECT since_token FROM subscriptions
                             WHERE application_id = ?3 AND api_name = ?4 AND api_version = ?5";
                let held = format!("{alive} AND application_id = ?3 AND number > ({since})");
                (held, vec![application.as_str(), api.name(), api.version()])
            }
        };
        let sql =
            format!("UPDATE tokens SET state = ?1 WHERE state = 'active' AND {condition} RETURNING status_list, status_index");
        let names = names.into_iter().map(|name| Value::from(name.to_owned()));
        let params = [Value::from(state.as_str().to_owned()), Value::from(moment(after))].into_iter().chain(names);
        self.list(&sql, params_from_iter(params), |row| Columns::new(row, TABLE).status_place())
    }

    /// The tokens that a key signed and that live at `now`.
    pub fn live_tokens_of_key(&self, kid: &Kid<'_>, now: UnixSeconds) -> Result<LiveTokens, StorageError> {
        // No expiry is later than every other one.
        let sql = "SELECT count(*) AS live, nullif(max(coalesce(expires_at, ?3)), ?3) AS until FROM tokens
                   WHERE kid = ?1 AND state = 'active' AND (expires_at IS NULL OR expires_at > ?2)";
        let live = self.find(sql, (kid.as_str(), moment(now), i64::MAX), |row| {
            let columns = Columns::new(row, TABLE);
            Ok(LiveTokens { count: columns.count("live")?, until: columns.optional_moment("until")? })
        })?;
        Ok(live.unwrap_or_default())
    }

    /// The record of a token.
    pub fn token(&self, id: &TokenId) -> Result<Option<TokenRecord>, StorageError> {
        self.find(&format!("{COLUMNS} WHERE id = ?1"), [id.as_str()], read)
    }

    /// The records of an application's tokens, the oldest first.
    pub fn tokens(&self, application: &ApplicationId) -> Result<Vec<TokenRecord>, StorageError> {
        self.list(&format!("{COLUMNS} WHERE application_id = ?1 ORDER BY issued_at, number"), [application.as_str()], read)
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
