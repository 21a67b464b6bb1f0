//! The tables `tokens` and `current_tokens`. What tokens share is in `token_profiles`.

use postern_token::{ApiReference, Identifier, Kid, Scopes, UnixSeconds};

use super::columns::{Columns, list_number};
use super::row::Row;
use super::token_profiles::Profile;
use super::value::{Value, number, values};
use super::{StorageError, Transaction};
use postern_model::{ApplicationId, ConsumerKey, Obtained, StatusIndex, TokenId, TokenRecord, TokenState};

pub(super) const TABLE: &str = "tokens";

/// The columns of a record. A token that has ended is no longer current.
macro_rules! columns {
    () => {
        "id, application_id, profiles.consumer_key, kind, key_type, obtained, domains, ips, profiles.scopes, issued_at,
                           expires_at, state, kid, status_list, status_index, apis,
                           CAST(CASE WHEN state = 'active' AND tokens.number = (
                               SELECT token FROM current_tokens
                               WHERE current_tokens.consumer_key = profiles.consumer_key
                               AND current_tokens.scopes = coalesce(profiles.scopes, '')) THEN 1 ELSE 0 END AS BIGINT) AS current,
                           minted_by
                       FROM tokens JOIN token_profiles AS profiles ON profiles.number = profile"
    };
}

pub(super) const COLUMNS: &str = concat!("SELECT ", columns!());

/// The same after the number of the record.
pub(super) const NUMBER_AND_COLUMNS: &str = concat!("SELECT tokens.number, ", columns!());

macro_rules! obtained_after {
    () => {
        "SELECT issued_at FROM token_profiles AS profiles JOIN tokens ON profile = profiles.number
         WHERE consumer_key = ?1 AND obtained = 'client_credentials' AND issued_at > ?2 AND "
    };
}

/// When a token ends, as `tokens_by_profile` has it: the largest number for one that never expires, `NULL` for one that has ended. The index
/// is used only for exactly this expression.
macro_rules! live_until {
    () => {
        "CASE WHEN state = 'active' THEN coalesce(expires_at, 9223372036854775807) END"
    };
}

pub(super) const LIVE_UNTIL: &str = live_until!();

/// A time to compare [`LIVE_UNTIL`] with. It is always before the end of a token that never expires.
pub(super) fn finite(time: UnixSeconds) -> i64 {
    number(time).min(i64::MAX - 1)
}

/// When a client obtained the tokens that it obtained itself after a time. Those that have not ended expired after that time, too.
const OBTAINED_AFTER: &str =
    concat!(obtained_after!(), live_until!(), " > ?2 UNION ALL ", obtained_after!(), live_until!(), " IS NULL");

/// The profiles of a client.
const OF_CLIENT: &str = "profile IN (SELECT number FROM token_profiles WHERE consumer_key = ?1)";

/// The number of an application token. Later tokens have larger numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenNumber(pub(super) i64);

/// What a client has at most one current application token for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Combination<'a> {
    /// The client.
    pub client: &'a ConsumerKey,
    /// The scopes.
    pub scopes: Option<&'a Scopes<'static>>,
}

impl Combination<'_> {
    /// The scopes as the table of current tokens has them.
    pub(super) fn scopes_column(&self) -> &str {
        self.scopes.map(Scopes::as_str).unwrap_or_default()
    }
}

/// A number of live tokens, and when the last of them expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LiveTokens {
    /// The number of tokens.
    pub count: u64,
    /// When the last of them expires; `None` if there are none, or if one never expires.
    pub until: Option<UnixSeconds>,
}

impl LiveTokens {
    /// The sum of two numbers of live tokens, with the later expiry.
    #[must_use]
    pub fn and(self, others: Self) -> Self {
        let until = match (self, others) {
            (Self { count: 0, .. }, only) | (only, Self { count: 0, .. }) => only.until,
            // A token that never expires counts as the last one.
            _ => self.until.zip(others.until).map(|(one, other)| one.max(other)),
        };
        Self { count: self.count + others.count, until }
    }

    /// The statement that counts the live user tokens of each signing key. Its values are the time and the largest number, because a token that
    /// never expires counts as the last one.
    pub(super) fn by_signing_key(table: &str) -> String {
        format!(
            "SELECT kid, count(*) AS live, nullif(max(coalesce(expires_at, ?2)), ?2) AS until FROM {table}
             WHERE state = 'active' AND (expires_at IS NULL OR expires_at > ?1) GROUP BY kid"
        )
    }

    /// The statement that finds any live user token of a signing key. Two statements, so that each is one step in the index.
    pub(super) fn any(table: &str) -> String {
        let active = format!("SELECT 1 FROM {table} WHERE kid = ?1 AND state = 'active' AND");
        format!("SELECT 1 AS live WHERE EXISTS ({active} expires_at IS NULL) OR EXISTS ({active} expires_at > ?2)")
    }

    /// A row of [`Self::by_signing_key`].
    pub(super) fn read_with_key(row: Row<'_>, table: &'static str) -> Result<(Kid<'static>, Self), StorageError> {
        let columns = Columns::new(row, table);
        let live = Self { count: columns.count("live")?, until: columns.optional_time("until")? };
        Ok((columns.parsed_with("kid", |text| Identifier::parse(text.to_owned()).ok())?, live))
    }
}

/// Selects tokens.
#[derive(Debug, Clone, Copy)]
pub enum TokenSelector<'a> {
    /// One token.
    Token(&'a TokenId),
    /// The generated or regenerated token of a key set, and the application tokens that its client obtained with exactly these
    /// scopes.
    Shown(&'a ConsumerKey, Option<&'a Scopes<'static>>),
    /// All tokens of an application.
    Application(&'a ApplicationId),
    /// All tokens that a signing key signed.
    Key(&'a Kid<'a>),
    /// All tokens of an application that hold its subscription to an API.
    Subscription(&'a ApplicationId, &'a ApiReference<'static>),
}

impl Transaction<'_> {
    /// Inserts the record of a token. If the token is current, it replaces the current token of its combination (client, scopes).
    pub fn insert_token(&self, token: &TokenRecord) -> Result<(), StorageError> {
        self.insert_with_profile(token).map(drop)
    }

    /// The same. Returns the number of the record, and that of its profile.
    pub(super) fn insert_with_profile(&self, token: &TokenRecord) -> Result<(TokenNumber, i64), StorageError> {
        let profile = self.profile_number(&Profile::of(token)?)?;
        let sql = "INSERT INTO tokens (id, profile, issued_at, expires_at, state, status_list, status_index, shown)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        let values = values![
            token.id.as_str(),
            profile,
            token.issued_at,
            token.expires_at,
            token.state.as_str(),
            token.status.map(|status| list_number(status.list)),
            token.status.map(|status| status.index),
            shown(token),
        ];
        let number = self.insert_numbered(TABLE, sql, values)?;
        if token.current {
            let sql = "INSERT INTO current_tokens (consumer_key, scopes, token) VALUES (?1, ?2, ?3)
                       ON CONFLICT (consumer_key, scopes) DO UPDATE SET token = excluded.token";
            let scopes = token.scopes().map(Scopes::as_str).unwrap_or_default();
            self.change(sql, values![token.consumer_key.as_str(), scopes, number])?;
        }
        Ok((TokenNumber(number), profile))
    }

    /// Sets the state of active tokens that expire after `after`, and returns their status indexes. [`TokenSelector::Shown`] also
    /// ends an expired generated token, because a key set may have only one active one.
    pub fn end_tokens(
        &self,
        which: TokenSelector<'_>,
        state: TokenState,
        after: UnixSeconds,
    ) -> Result<Vec<Option<StatusIndex>>, StorageError> {
        let live = format!("{LIVE_UNTIL} > ?2");
        // One list of profiles, because PostgreSQL reads all tokens for a choice between two.
        let with = |profiles: &str| format!("profile IN (SELECT number FROM token_profiles WHERE {profiles})");
        let (condition, names) = match which {
            TokenSelector::Token(id) => (format!("{live} AND id = ?3"), vec![id.as_str()]),
            TokenSelector::Shown(consumer_key, scopes) => {
                let profiles = with(
                    "consumer_key = ?3 AND (obtained IN ('generated', 'regenerated')
                                            OR (kind = 'application' AND coalesce(scopes, '') = ?4))",
                );
                let condition = format!("{profiles} AND {LIVE_UNTIL} > 0 AND (shown IS NOT NULL OR {live})");
                (condition, vec![consumer_key.as_str(), scopes.map(Scopes::as_str).unwrap_or_default()])
            }
            TokenSelector::Application(application) => {
                (format!("{live} AND {}", with("application_id = ?3")), vec![application.as_str()])
            }
            TokenSelector::Key(kid) => (format!("{live} AND {}", with("kid = ?3")), vec![kid.as_str()]),
            TokenSelector::Subscription(application, api) => {
                let since = "SELECT since_token FROM subscriptions
                             WHERE application_id = ?3 AND api_name = ?4 AND api_version = ?5";
                // The names of APIs need no escapes in JSON. Records of the first versions have no `apis`; such a token may hold
                // the subscription if it is newer.
                let profiles = with(
                    "application_id = ?3 AND (apis IS NULL
                         OR replace(apis, '\"' || CAST(?4 AS TEXT) || '/' || CAST(?5 AS TEXT) || '\":', '') <> apis)",
                );
                let unknown = "SELECT number FROM token_profiles WHERE application_id = ?3 AND apis IS NULL";
                let condition = format!("{live} AND {profiles} AND (number > ({since}) OR profile NOT IN ({unknown}))");
                (condition, vec![application.as_str(), api.name(), api.version()])
            }
        };
        let sql = format!(
            "UPDATE tokens SET state = ?1 WHERE state = 'active' AND {condition}
             RETURNING status_list, status_index"
        );
        let mut values = vec![Value::from(state.as_str()), Value::from(finite(after))];
        values.extend(names.into_iter().map(Value::from));
        self.list(&sql, &values, |row| Columns::new(row, TABLE).status_index())
    }

    /// The tokens that are live at `now`, for each signing key that signed one.
    pub fn live_tokens_by_signing_key(&self, now: UnixSeconds) -> Result<Vec<(Kid<'static>, LiveTokens)>, StorageError> {
        let sql = format!(
            "SELECT kid, count(*) AS live, nullif(max({LIVE_UNTIL}), ?2) AS until
             FROM token_profiles AS profiles JOIN tokens ON profile = profiles.number WHERE {LIVE_UNTIL} > ?1 GROUP BY kid"
        );
        self.list(&sql, values![finite(now), i64::MAX], |row| LiveTokens::read_with_key(row, TABLE))
    }

    /// Whether a token that a signing key signed is live at `now`.
    pub fn has_live_tokens(&self, kid: &Kid<'_>, now: UnixSeconds) -> Result<bool, StorageError> {
        // A value and no join or `EXISTS`, for which PostgreSQL may read all tokens.
        let sql = format!(
            "SELECT 1 AS live FROM token_profiles AS profiles WHERE kid = ?1
             AND (SELECT 1 FROM tokens WHERE profile = profiles.number AND {LIVE_UNTIL} > ?2 LIMIT 1) IS NOT NULL LIMIT 1"
        );
        Ok(self.find(&sql, values![kid.as_str(), finite(now)], |_| Ok(()))?.is_some())
    }

    /// How many tokens of a client are live at `now`, counted up to `limit`.
    pub fn live_tokens_of_client(&self, client: &ConsumerKey, now: UnixSeconds, limit: u32) -> Result<u64, StorageError> {
        let sql = format!(
            "SELECT count(*) AS live FROM (
                 SELECT 1 FROM token_profiles AS profiles JOIN tokens ON profile = profiles.number
                 WHERE consumer_key = ?1 AND {LIVE_UNTIL} > ?2 LIMIT ?3) AS found"
        );
        let live = self.find(&sql, values![client.as_str(), finite(now), limit], |row| Columns::new(row, TABLE).count("live"))?;
        Ok(live.unwrap_or_default())
    }

    /// How many of the tokens that a client obtained itself it obtained after `time`, counted up to `limit`.
    pub fn count_obtained_after(&self, client: &ConsumerKey, time: UnixSeconds, limit: u32) -> Result<u64, StorageError> {
        let sql = format!("SELECT count(*) AS obtained FROM ({OBTAINED_AFTER} LIMIT ?3) AS newest");
        let found =
            self.find(&sql, values![client.as_str(), finite(time), limit], |row| Columns::new(row, TABLE).count("obtained"))?;
        Ok(found.unwrap_or_default())
    }

    /// When a client obtained the `number`th newest of the tokens that it obtained itself after `time`; `None` if it obtained fewer. The
    /// number is 1 or more.
    pub fn obtained_after(
        &self,
        client: &ConsumerKey,
        time: UnixSeconds,
        number: u32,
    ) -> Result<Option<UnixSeconds>, StorageError> {
        let sql = format!("{OBTAINED_AFTER} ORDER BY issued_at DESC LIMIT 1 OFFSET ?3");
        let values = values![client.as_str(), finite(time), number.saturating_sub(1)];
        self.find(&sql, values, |row| Columns::new(row, TABLE).time("issued_at"))
    }

    /// The record of the token with this id.
    pub fn token(&self, id: &TokenId) -> Result<Option<TokenRecord>, StorageError> {
        self.find(&format!("{COLUMNS} WHERE id = ?1"), values![id.as_str()], read)
    }

    /// At most `limit` records of an application's tokens, oldest first, that come after the token `after`.
    pub fn tokens(
        &self,
        application: &ApplicationId,
        after: Option<&TokenId>,
        limit: u32,
    ) -> Result<Vec<TokenRecord>, StorageError> {
        let sql = format!(
            "{COLUMNS} WHERE application_id = ?1
             AND tokens.number > coalesce((SELECT number FROM tokens WHERE id = CAST(?2 AS TEXT)), 0)
             ORDER BY tokens.number + 0 LIMIT ?3"
        );
        self.list(&sql, values![application.as_str(), after.map(TokenId::as_str), limit], read)
    }

    /// At most `limit` records of a client's tokens that are live at `now`, starting after `after`: first those that never expire, then
    /// those that expire last.
    pub fn live_tokens(
        &self,
        client: &ConsumerKey,
        now: UnixSeconds,
        after: Option<&TokenId>,
        limit: u32,
    ) -> Result<Vec<TokenRecord>, StorageError> {
        let last = match after {
            Some(id) => self.find("SELECT expires_at, number FROM tokens WHERE id = ?1", values![id.as_str()], |row| {
                let columns = Columns::new(row, TABLE);
                Ok((columns.optional_integer("expires_at")?, columns.optional_integer("number")?))
            })?,
            None => None,
        };
        let (until, number): (Option<i64>, Option<i64>) = last.unwrap_or_default();
        let sql = format!(
            "{COLUMNS} WHERE {OF_CLIENT} AND {LIVE_UNTIL} > ?2 AND {LIVE_UNTIL} <= ?3
             AND ({LIVE_UNTIL} < ?3 OR tokens.number < ?4) ORDER BY {LIVE_UNTIL} DESC, tokens.number DESC LIMIT ?5"
        );
        let (until, number) = (until.unwrap_or(i64::MAX), number.unwrap_or(i64::MAX));
        self.list(&sql, values![client.as_str(), finite(now), until, number, limit], read)
    }

    /// Deletes at most `limit` records of tokens that expired before `time`. Returns their number.
    pub fn delete_expired_tokens(&self, time: UnixSeconds, limit: u32) -> Result<usize, StorageError> {
        let expired = "SELECT number FROM tokens WHERE expires_at < ?1 ORDER BY expires_at, number LIMIT ?2";
        let sql = format!(
            "DELETE FROM current_tokens WHERE token IN ({expired}) AND (consumer_key, scopes) IN (
                 SELECT consumer_key, coalesce(scopes, '') FROM tokens JOIN token_profiles AS profiles ON profiles.number = profile
                 WHERE tokens.number IN ({expired}))"
        );
        self.change(&sql, values![time, limit])?;
        self.change(&format!("DELETE FROM tokens WHERE number IN ({expired})"), values![time, limit])
    }
}

/// The column `shown`: only a token that was generated or regenerated is shown with its key set.
pub(super) fn shown(token: &TokenRecord) -> Option<&str> {
    matches!(token.obtained, Obtained::Generated | Obtained::Regenerated).then(|| token.consumer_key.as_str())
}

pub(super) fn read(row: Row<'_>) -> Result<TokenRecord, StorageError> {
    let columns = Columns::new(row, TABLE);
    Ok(TokenRecord {
        id: columns.parsed_with("id", |text| TokenId::parse(text.to_owned()))?,
        application: columns.parsed("application_id")?,
        consumer_key: columns.parsed("consumer_key")?,
        kind: columns.kind()?,
        key_type: columns.key_type()?,
        obtained: columns.parsed_with("obtained", Obtained::parse)?,
        restrictions: columns.restrictions()?,
        issued_at: columns.time("issued_at")?,
        expires_at: columns.optional_time("expires_at")?,
        state: columns.parsed_with("state", TokenState::parse)?,
        kid: columns.parsed_with("kid", |text| Identifier::parse(text.to_owned()).ok())?,
        status: columns.status_index()?,
        apis: columns.subscriptions("apis")?,
        current: columns.flag("current")?,
        minted_by: columns.optional_text("minted_by")?,
    })
}
