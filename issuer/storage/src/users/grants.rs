//! The tables `grants@` and `refresh_tokens@`.

use postern_token::{Scopes, UnixSeconds};

use super::UserTables;
use super::selectors::{GrantSelector, UserTokenSelector};
use crate::StorageError;
use crate::columns::Columns;
use crate::row::Row;
use crate::value::{Value, values};
use postern_model::{GrantId, GrantOrigin, RefreshToken, StatusIndex, TokenState, UserGrant, UserName};
use postern_secrets::HashedSecret;

const TABLE: &str = "grants";

const COLUMNS: &str =
    "id, name, application_id, consumer_key, origin, nullif(scopes, '') AS scopes, created_at, used_at, ended_at";

impl UserTables<'_, '_> {
    /// Inserts a grant.
    pub fn insert_grant(&self, grant: &UserGrant) -> Result<(), StorageError> {
        let sql = "INSERT INTO \"grants@\" (id, name, application_id, consumer_key, origin, scopes, created_at, used_at)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        let values = values![
            grant.id.as_str(),
            grant.user.as_str(),
            grant.application.as_str(),
            grant.consumer_key.as_str(),
            grant.origin.as_str(),
            grant.scopes.as_ref().map(Scopes::as_str).unwrap_or_default(),
            grant.created_at,
            grant.used_at,
        ];
        self.change(sql, values).map(drop)
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

    /// Updates when a grant was last used.
    pub fn touch_grant(&self, id: &GrantId, now: UnixSeconds) -> Result<(), StorageError> {
        self.change("UPDATE \"grants@\" SET used_at = ?2 WHERE id = ?1", values![id.as_str(), now]).map(drop)
    }

    /// Ends grants. Returns their number. The caller must end their tokens with [`UserTables::end_user_tokens`].
    pub fn end_grants(&self, which: GrantSelector<'_>, now: UnixSeconds) -> Result<usize, StorageError> {
        let (condition, names) = which.condition("id");
        let sql = format!("UPDATE \"grants@\" SET ended_at = ?1 WHERE ended_at IS NULL AND {condition}");
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

    /// Inserts the refresh token of a grant that has no current one. `parent` is the refresh token that it is issued for.
    pub fn insert_refresh_token(
        &self,
        token: &HashedSecret,
        grant: &GrantId,
        parent: Option<&HashedSecret>,
        now: UnixSeconds,
    ) -> Result<(), StorageError> {
        let sql = "INSERT INTO \"refresh_tokens@\" (token_hash, grant_id, issued_at, parent_hash) VALUES (?1, ?2, ?3, ?4)";
        let parent = parent.map(|parent| parent.as_bytes().as_slice());
        self.change(sql, values![token.as_bytes(), grant.as_str(), now, parent]).map(drop)
    }

    /// A refresh token, current or not, with its grant. A caller that will spend it must have locked the application.
    pub fn refresh_token(&self, token: &HashedSecret) -> Result<Option<RefreshToken>, StorageError> {
        // A token continues from where its grant is as long as the current token has the same parent, or has it as its parent.
        let sql = format!(
            "SELECT {COLUMNS}, issued_at, spent_at, superseded_at,
                       (SELECT count(*) FROM \"refresh_tokens@\" AS latest
                        WHERE latest.grant_id = presented.grant_id AND latest.spent_at IS NULL AND latest.superseded_at IS NULL
                        AND (latest.parent_hash = presented.token_hash
                             OR (presented.spent_at IS NULL AND latest.parent_hash = presented.parent_hash))) AS in_step
                   FROM \"refresh_tokens@\" AS presented JOIN \"grants@\" AS grants ON grants.id = presented.grant_id
                   WHERE token_hash = ?1"
        );
        self.find(&sql, values![token.as_bytes()], |row| {
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

    /// Marks a refresh token as spent, unless it is already, and supersedes the grant's current refresh token if that is another one.
    pub fn spend_refresh_token(&self, token: &HashedSecret, grant: &GrantId, now: UnixSeconds) -> Result<(), StorageError> {
        // One statement for both, with an index for each condition: a grant keeps the refresh tokens that were spent.
        let sql = "UPDATE \"refresh_tokens@\" SET
                       spent_at = CASE WHEN token_hash = ?1 THEN CAST(?2 AS BIGINT) END,
                       superseded_at = CASE WHEN token_hash = ?1 THEN superseded_at ELSE CAST(?2 AS BIGINT) END
                   WHERE (token_hash = ?1 AND spent_at IS NULL)
                   OR (grant_id = ?3 AND spent_at IS NULL AND superseded_at IS NULL)";
        self.change(sql, values![token.as_bytes(), now, grant.as_str()]).map(drop)
    }
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
