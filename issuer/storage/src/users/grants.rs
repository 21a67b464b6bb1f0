//! The tables `grants@` and `refresh_tokens@`.

use postern_token::{Scopes, UnixSeconds};

use super::UserTables;
use super::selectors::{GrantSelector, UserTokenSelector};
use crate::StorageError;
use crate::columns::Columns;
use crate::many::{Column, Each, Kind, hashes};
use crate::row::Row;
use crate::value::{Value, values};
use postern_model::{GrantId, GrantOrigin, RefreshToken, StatusIndex, TokenState, UserGrant, UserName};
use postern_secrets::HashedSecret;

const TABLE: &str = "grants";

const COLUMNS: &str =
    "id, name, application_id, consumer_key, origin, nullif(scopes, '') AS scopes, created_at, used_at, ended_at";

/// A refresh token to insert.
#[derive(Debug, Clone, Copy)]
pub struct NewRefreshToken<'a> {
    /// Its hash.
    pub hash: &'a HashedSecret,
    /// Its grant.
    pub grant: &'a GrantId,
    /// The refresh token for which it is issued.
    pub parent: Option<&'a HashedSecret>,
}

impl<'a> NewRefreshToken<'a> {
    fn row(&self, now: UnixSeconds) -> Vec<Value<'a>> {
        let parent = self.parent.map_or(Value::Null, |parent| Value::Bytes(parent.as_bytes()));
        vec![Value::Bytes(self.hash.as_bytes()), Value::Text(self.grant.as_str()), Value::from(now), parent]
    }
}

const INSERTED: [Column; 8] = [
    ("id", Kind::Text),
    ("name", Kind::Text),
    ("application_id", Kind::Text),
    ("consumer_key", Kind::Text),
    ("origin", Kind::Text),
    ("scopes", Kind::Text),
    ("created_at", Kind::Number),
    ("used_at", Kind::Number),
];

impl UserTables<'_, '_> {
    /// Inserts grants.
    pub fn insert_grants(&self, grants: &[&UserGrant]) -> Result<(), StorageError> {
        self.insert_rows("\"grants@\"", &INSERTED, &grants.iter().map(|grant| row(grant)).collect::<Vec<_>>())
    }

    /// The grant with this id, which may have ended.
    pub fn grant(&self, id: &GrantId) -> Result<Option<UserGrant>, StorageError> {
        self.find(&format!("SELECT {COLUMNS} FROM \"grants@\" WHERE id = ?1"), values![id.as_str()], read)
    }

    /// The grants of a user that have not ended, oldest first.
    pub fn live_grants(&self, user: &UserName) -> Result<Vec<UserGrant>, StorageError> {
        let sql = format!("SELECT {COLUMNS} FROM \"grants@\" WHERE name = ?1 AND ended_at IS NULL ORDER BY number");
        self.list(&sql, values![user.as_str()], read)
    }

    /// Updates when grants were last used.
    pub fn touch_grants(&self, grants: &[&GrantId], now: UnixSeconds) -> Result<(), StorageError> {
        let sql = Each {
            one: "UPDATE \"grants@\" SET used_at = ?2 WHERE id = ?1",
            all: "UPDATE \"grants@\" SET used_at = time FROM {rows} AS used WHERE id = used_grant",
        };
        let rows: Vec<_> = grants.iter().map(|grant| values![grant.as_str(), now].to_vec()).collect();
        self.change_each(sql, &[("used_grant", Kind::Text), ("time", Kind::Number)], &rows).map(drop)
    }

    /// Ends grants. Returns their number. The caller must end their tokens with [`UserTables::end_user_tokens`].
    pub fn end_grants(&self, which: GrantSelector<'_>, now: UnixSeconds) -> Result<usize, StorageError> {
        let (condition, names) = which.condition("id");
        // Locked in the order in which refresh tokens lock them, so that no two transactions wait for each other.
        let lock = self.transaction.for_update();
        let sql = format!(
            "UPDATE \"grants@\" SET ended_at = ?1 WHERE number IN (
                 SELECT number FROM \"grants@\" WHERE ended_at IS NULL AND {condition} ORDER BY number{lock})"
        );
        let mut values = vec![Value::from(now)];
        values.extend(names.into_iter().map(Value::from));
        self.change(&sql, &values)
    }

    /// Ends all grants, tokens, sessions and authorization codes. Returns the status indexes of the tokens.
    pub fn end_everything(&self, now: UnixSeconds) -> Result<Vec<StatusIndex>, StorageError> {
        self.change("UPDATE \"grants@\" SET ended_at = ?1 WHERE ended_at IS NULL", values![now])?;
        self.change("DELETE FROM \"sessions@\"", &[])?;
        self.change("DELETE FROM \"codes@\"", &[])?;
        self.end_user_tokens(UserTokenSelector::Every, TokenState::Revoked, UnixSeconds(0))
    }

    /// Deletes at most `limit` grants that ended before `ended` or were last used before `used`, and that have no active token.
    /// Returns their number.
    pub fn delete_old_grants(&self, ended: UnixSeconds, used: UnixSeconds, limit: u32) -> Result<usize, StorageError> {
        let sql = "DELETE FROM \"grants@\" WHERE number IN (SELECT number FROM \"grants@\"
                       WHERE (ended_at < ?1 OR used_at < ?2) AND NOT EXISTS (
                           SELECT 1 FROM \"tokens@\" WHERE \"tokens@\".grant_id = \"grants@\".id AND \"tokens@\".state = 'active')
                       LIMIT ?3)";
        self.change(sql, values![ended, used, limit])
    }

    /// Inserts refresh tokens, each of a grant that has no current one.
    pub fn insert_refresh_tokens(&self, tokens: &[NewRefreshToken<'_>], now: UnixSeconds) -> Result<(), StorageError> {
        let columns =
            [("token_hash", Kind::Bytes), ("grant_id", Kind::Text), ("issued_at", Kind::Number), ("parent_hash", Kind::Bytes)];
        let rows: Vec<_> = tokens.iter().map(|token| token.row(now)).collect();
        self.insert_rows("\"refresh_tokens@\"", &columns, &rows)
    }

    /// A refresh token, current or not, with its grant. In a transaction that writes, the row of the grant is locked until its end.
    pub fn refresh_token(&self, token: &HashedSecret) -> Result<Option<RefreshToken>, StorageError> {
        Ok(self.refresh_tokens(&[token])?.pop().flatten())
    }

    /// The same for several, in their order.
    pub fn refresh_tokens(&self, tokens: &[&HashedSecret]) -> Result<Vec<Option<RefreshToken>>, StorageError> {
        // A token continues from where its grant is as long as the current token has the same parent, or has it as its parent.
        let found = "issued_at, spent_at, superseded_at,
                         (SELECT count(*) FROM \"refresh_tokens@\" AS latest
                          WHERE latest.grant_id = presented.grant_id AND latest.spent_at IS NULL AND latest.superseded_at IS NULL
                          AND (latest.parent_hash = presented.token_hash
                               OR (presented.spent_at IS NULL AND latest.parent_hash = presented.parent_hash))) AS in_step";
        let with_grant = "JOIN \"grants@\" AS grants ON grants.id = presented.grant_id";
        let one = format!("SELECT {COLUMNS}, {found} FROM \"refresh_tokens@\" AS presented {with_grant} WHERE token_hash = ?1");
        let lock = if self.transaction.is_snapshot() { "" } else { "ORDER BY grants.number FOR UPDATE OF grants" };
        let all = format!(
            "SELECT position, {COLUMNS}, {found}
             FROM {{rows}} AS asked JOIN \"refresh_tokens@\" AS presented ON token_hash = hash {with_grant} {lock}"
        );
        self.find_each(Each { one: &one, all: &all }, &[("hash", Kind::Bytes)], &hashes(tokens), |row| {
            let columns = Columns::new(row, "refresh_tokens");
            Ok(RefreshToken {
                grant: read(row)?,
                issued_at: columns.time("issued_at")?,
                spent_at: columns.optional_time("spent_at")?,
                superseded_at: columns.optional_time("superseded_at")?,
                successor_unused: columns.flag("in_step")?,
            })
        })
    }

    /// Marks refresh tokens as spent, unless they are already.
    pub fn spend_refresh_tokens(&self, tokens: &[&HashedSecret], now: UnixSeconds) -> Result<(), StorageError> {
        let sql = Each {
            one: "UPDATE \"refresh_tokens@\" SET spent_at = ?2 WHERE token_hash = ?1 AND spent_at IS NULL",
            all: "UPDATE \"refresh_tokens@\" SET spent_at = time FROM {rows} AS used WHERE token_hash = hash AND spent_at IS NULL",
        };
        let rows: Vec<_> = tokens.iter().map(|hash| values![hash.as_bytes(), now].to_vec()).collect();
        self.change_each(sql, &[("hash", Kind::Bytes), ("time", Kind::Number)], &rows).map(drop)
    }

    /// Supersedes the current refresh tokens of grants.
    pub fn supersede_refresh_tokens(&self, grants: &[&GrantId], now: UnixSeconds) -> Result<(), StorageError> {
        let sql = Each {
            one: "UPDATE \"refresh_tokens@\" SET superseded_at = ?2
                  WHERE grant_id = ?1 AND spent_at IS NULL AND superseded_at IS NULL",
            all: "UPDATE \"refresh_tokens@\" SET superseded_at = time FROM {rows} AS used
                  WHERE grant_id = used_grant AND spent_at IS NULL AND superseded_at IS NULL",
        };
        let rows: Vec<_> = grants.iter().map(|grant| values![grant.as_str(), now].to_vec()).collect();
        self.change_each(sql, &[("used_grant", Kind::Text), ("time", Kind::Number)], &rows).map(drop)
    }
}

/// The values of [`INSERTED`].
fn row(grant: &UserGrant) -> Vec<Value<'_>> {
    let scopes = grant.scopes.as_ref().map(Scopes::as_str).unwrap_or_default();
    let values = values![
        grant.id.as_str(),
        grant.user.as_str(),
        grant.application.as_str(),
        grant.consumer_key.as_str(),
        grant.origin.as_str(),
        scopes,
        grant.created_at,
        grant.used_at,
    ];
    values.to_vec()
}

fn read(row: Row<'_>) -> Result<UserGrant, StorageError> {
    let columns = Columns::new(row, TABLE);
    Ok(UserGrant {
        id: columns.parsed("id")?,
        user: columns.parsed("name")?,
        application: columns.parsed("application_id")?,
        consumer_key: columns.parsed("consumer_key")?,
        origin: columns.parsed_with("origin", GrantOrigin::parse)?,
        scopes: columns.scopes()?,
        created_at: columns.time("created_at")?,
        used_at: columns.time("used_at")?,
        ended_at: columns.optional_time("ended_at")?,
    })
}
