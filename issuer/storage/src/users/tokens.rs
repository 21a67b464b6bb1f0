//! The table `tokens@`.

use std::collections::BTreeMap;

use postern_token::{Identifier, Kid, Kind, Scopes, UnixSeconds};

use super::UserTables;
use super::selectors::UserTokenSelector;
use crate::columns::{Columns, json, json_list, list_number};
use crate::dialect::Dialect;
use crate::many::{Column, Each, Kind as Type};
use crate::row::Row;
use crate::value::{Value, values};
use crate::{LiveTokens, StorageError};
use postern_model::{
    ApplicationId, ConsumerKey, GrantId, Obtained, StatusIndex, TokenId, TokenRecord, TokenState, UserName, UserToken,
};

const TABLE: &str = "tokens";

/// The table in SQL, before its store is named.
const TOKENS: &str = "\"tokens@\"";

const COLUMNS: &str =
    "SELECT id, grant_id, name, application_id, consumer_key, key_type, obtained, domains, ips, scopes, issued_at, expires_at,
                           state, kid, status_list, status_index, apis FROM \"tokens@\"";

impl UserTables<'_, '_> {
    /// Inserts the records of tokens. The grant of each must have no active token.
    pub fn insert_user_tokens(&self, tokens: &[&UserToken]) -> Result<(), StorageError> {
        let rows = tokens.iter().map(|token| Lists::of(token)).collect::<Result<Vec<_>, _>>()?;
        let rows: Vec<_> = tokens.iter().zip(&rows).map(|(token, lists)| row(token, lists)).collect();
        self.insert_rows(TOKENS, &INSERTED, &rows)
    }

    /// Ends the active tokens of grants. Returns their status indexes, like [`Self::end_user_tokens`].
    pub fn end_tokens_of_grants(&self, grants: &[&GrantId], state: TokenState) -> Result<Vec<StatusIndex>, StorageError> {
        // With `RETURNING`, SQLite makes a temporary table each time; nothing else changes its rows between two statements.
        let (active, returned) = match self.transaction.dialect() {
            Dialect::Sqlite => {
                let sql = "SELECT status_list, status_index FROM \"tokens@\" WHERE state = 'active' AND grant_id = ?1";
                let find =
                    |grant: &&GrantId| self.list(sql, values![grant.as_str()], |row| Columns::new(row, TABLE).status_index());
                (grants.iter().map(find).collect::<Result<Vec<_>, _>>()?.concat(), "")
            }
            Dialect::Postgres => (Vec::new(), "RETURNING status_list, status_index"),
        };
        let all = format!(
            "UPDATE \"tokens@\" SET state = new_state FROM {{rows}} AS ended
             WHERE state = 'active' AND grant_id = ended_grant {returned}"
        );
        let sql = Each { one: "UPDATE \"tokens@\" SET state = ?2 WHERE state = 'active' AND grant_id = ?1", all: &all };
        let columns = [("ended_grant", Type::Text), ("new_state", Type::Text)];
        let rows: Vec<_> = grants.iter().map(|grant| values![grant.as_str(), state.as_str()].to_vec()).collect();
        let mut indexes = self.list_each(sql, &columns, &rows, |row| Columns::new(row, TABLE).status_index())?;
        indexes.extend(active);
        self.note_endings(indexes)
    }

    fn note_endings(&self, indexes: Vec<Option<StatusIndex>>) -> Result<Vec<StatusIndex>, StorageError> {
        let indexes: Vec<StatusIndex> = indexes.into_iter().flatten().collect();
        if self.own_database {
            self.insert_endings(&indexes)?;
        }
        Ok(indexes)
    }

    /// The number of user tokens that are live at `now`, by application.
    pub fn live_user_tokens_by_application(&self, now: UnixSeconds) -> Result<BTreeMap<ApplicationId, u64>, StorageError> {
        let sql = "SELECT application, count(*) AS live FROM (
                       SELECT application_id || '' AS application FROM \"tokens@\"
                       WHERE state = 'active' AND (expires_at IS NULL OR expires_at > ?1)) AS active
                   GROUP BY application";
        let counts = self.list(sql, values![now], |row| {
            let columns = Columns::new(row, TABLE);
            Ok((columns.parsed("application")?, columns.count("live")?))
        })?;
        Ok(counts.into_iter().collect())
    }

    /// The tokens that are live at `now`, for each signing key that signed one.
    pub fn live_user_tokens_by_signing_key(&self, now: UnixSeconds) -> Result<Vec<(Kid<'static>, LiveTokens)>, StorageError> {
        self.list(&LiveTokens::by_signing_key(TOKENS), values![now, i64::MAX], |row| LiveTokens::read_with_key(row, TABLE))
    }

    /// Whether a token that a signing key signed is live at `now`.
    pub fn has_live_user_tokens(&self, kid: &Kid<'_>, now: UnixSeconds) -> Result<bool, StorageError> {
        Ok(self.find(&LiveTokens::any(TOKENS), values![kid.as_str(), now], |_| Ok(()))?.is_some())
    }

    /// For each client and user, when the client obtained the `number`th newest of the tokens that it obtained for the user after `time`; `None`
    /// if it obtained fewer. The number is 1 or more.
    pub fn user_tokens_obtained_after(
        &self,
        of: &[(&ConsumerKey, &UserName)],
        time: UnixSeconds,
        number: u32,
    ) -> Result<Vec<Option<UnixSeconds>>, StorageError> {
        let sql = Each {
            one: "SELECT issued_at FROM \"tokens@\" WHERE consumer_key = ?1 AND name = ?2 AND issued_at > ?3
                  ORDER BY issued_at DESC LIMIT 1 OFFSET ?4",
            all: "SELECT position, (SELECT issued_at FROM \"tokens@\" AS obtained
                                    WHERE obtained.consumer_key = client AND obtained.name = client_user AND issued_at > since
                                    ORDER BY issued_at DESC LIMIT 1 OFFSET skipped) AS issued_at FROM {rows} AS asked",
        };
        let columns = [("client", Type::Text), ("client_user", Type::Text), ("since", Type::Number), ("skipped", Type::Number)];
        let (time, skipped) = (Value::from(time), Value::from(number.saturating_sub(1)));
        let rows = of.iter().map(|(client, user)| vec![Value::from(client.as_str()), Value::from(user.as_str()), time, skipped]);
        let rows: Vec<_> = rows.collect();
        let found = self.find_each(sql, &columns, &rows, |row| Columns::new(row, TABLE).optional_time("issued_at"))?;
        Ok(found.into_iter().map(Option::flatten).collect())
    }

    /// The record of the token with this id.
    pub fn user_token(&self, id: &TokenId) -> Result<Option<UserToken>, StorageError> {
        self.find(&format!("{COLUMNS} WHERE id = ?1"), values![id.as_str()], read)
    }

    /// At most `limit` records of an application's tokens, oldest first, that come after the token `after`.
    pub fn user_tokens(
        &self,
        application: &ApplicationId,
        after: Option<&TokenId>,
        limit: u32,
    ) -> Result<Vec<UserToken>, StorageError> {
        let sql = format!(
            "{COLUMNS} WHERE application_id = ?1
             AND number > coalesce((SELECT number FROM \"tokens@\" WHERE id = CAST(?2 AS TEXT)), 0) ORDER BY number LIMIT ?3"
        );
        self.list(&sql, values![application.as_str(), after.map(TokenId::as_str), limit], read)
    }

    /// Sets the state of active tokens that expire after `after`. Returns their status indexes. A store with its own database
    /// records these indexes, because their bits are set in the main database in a later commit.
    pub fn end_user_tokens(
        &self,
        which: UserTokenSelector<'_>,
        state: TokenState,
        after: UnixSeconds,
    ) -> Result<Vec<StatusIndex>, StorageError> {
        let key;
        let (condition, names) = match which {
            UserTokenSelector::Grants(grants) => grants.condition("grant_id"),
            UserTokenSelector::Token(id) => ("id = ?2".to_owned(), vec![id.as_str()]),
            UserTokenSelector::Every => ("?2 = ?2".to_owned(), vec![""]),
            UserTokenSelector::Key(kid) => ("kid = ?2".to_owned(), vec![kid.as_str()]),
            UserTokenSelector::Subscription(application, api) => {
                // `apis` is a JSON object by API, so it contains the API's name in quotation marks. Both databases have
                // `replace`.
                key = json(&api.as_str(), TABLE, "apis")?;
                let holds_subscription = "application_id = ?2 AND replace(apis, ?3, '') <> apis";
                (holds_subscription.to_owned(), vec![application.as_str(), key.as_str()])
            }
        };
        let last = names.len() + 2;
        let sql = format!(
            "UPDATE \"tokens@\" SET state = ?1 WHERE state = 'active' AND {condition} AND (expires_at IS NULL OR expires_at > ?{last})
             RETURNING status_list, status_index"
        );
        let mut values = vec![Value::from(state.as_str())];
        values.extend(names.into_iter().map(Value::from));
        values.push(Value::from(after));
        let indexes = self.list(&sql, &values, |row| Columns::new(row, TABLE).status_index())?;
        self.note_endings(indexes)
    }

    /// Deletes at most `limit` records of tokens that expired before `time`. Returns their number.
    pub fn delete_expired_user_tokens(&self, time: UnixSeconds, limit: u32) -> Result<usize, StorageError> {
        let sql = "DELETE FROM \"tokens@\" WHERE number IN
                       (SELECT number FROM \"tokens@\" WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2)";
        self.change(sql, values![time, limit])
    }
}

/// The columns of a token's record that are lists, as text.
struct Lists {
    domains: Option<String>,
    ips: Option<String>,
    apis: String,
}

impl Lists {
    fn of(UserToken { record, .. }: &UserToken) -> Result<Self, StorageError> {
        Ok(Self {
            domains: json_list(&record.restrictions.domains, TABLE, "domains")?,
            ips: json_list(&record.restrictions.ips, TABLE, "ips")?,
            apis: json(&record.apis.clone().unwrap_or_default(), TABLE, "apis")?,
        })
    }
}

const INSERTED: [Column; 17] = [
    ("id", Type::Text),
    ("grant_id", Type::Text),
    ("name", Type::Text),
    ("application_id", Type::Text),
    ("consumer_key", Type::Text),
    ("key_type", Type::Text),
    ("obtained", Type::Text),
    ("domains", Type::Text),
    ("ips", Type::Text),
    ("scopes", Type::Text),
    ("issued_at", Type::Number),
    ("expires_at", Type::Number),
    ("state", Type::Text),
    ("kid", Type::Text),
    ("status_list", Type::Number),
    ("status_index", Type::Number),
    ("apis", Type::Text),
];

/// The values of [`INSERTED`].
fn row<'a>(UserToken { record, user, grant }: &'a UserToken, lists: &'a Lists) -> Vec<Value<'a>> {
    let values = values![
        record.id.as_str(),
        grant.as_str(),
        user.as_str(),
        record.application.as_str(),
        record.consumer_key.as_str(),
        record.key_type.as_str(),
        record.obtained.as_str(),
        lists.domains.as_ref(),
        lists.ips.as_ref(),
        record.scopes().map(Scopes::as_str),
        record.issued_at,
        record.expires_at,
        record.state.as_str(),
        record.kid.as_str(),
        record.status.map(|status| list_number(status.list)),
        record.status.map(|status| status.index),
        &lists.apis,
    ];
    values.to_vec()
}

fn read(row: Row<'_>) -> Result<UserToken, StorageError> {
    let columns = Columns::new(row, TABLE);
    Ok(UserToken {
        user: columns.parsed("name")?,
        grant: columns.parsed("grant_id")?,
        record: TokenRecord {
            id: columns.parsed_with("id", |text| TokenId::parse(text.to_owned()))?,
            application: columns.parsed("application_id")?,
            consumer_key: columns.parsed("consumer_key")?,
            kind: Kind::User,
            key_type: columns.key_type()?,
            obtained: columns.parsed_with("obtained", Obtained::parse)?,
            restrictions: columns.restrictions()?,
            issued_at: columns.time("issued_at")?,
            expires_at: columns.optional_time("expires_at")?,
            state: columns.parsed_with("state", TokenState::parse)?,
            kid: columns.parsed_with("kid", |text| Identifier::parse(text.to_owned()).ok())?,
            status: columns.status_index()?,
            apis: columns.subscriptions("apis")?,
            current: false,
            minted_by: None,
        },
    })
}
