//! The table `sessions@`.

use postern_token::UnixSeconds;

use super::UserTables;
use crate::StorageError;
use crate::columns::Columns;
use crate::row::Row;
use crate::value::values;
use postern_model::{Session, UserName};
use postern_secrets::HashedSecret;

const TABLE: &str = "sessions";

impl UserTables<'_, '_> {
    /// Inserts a session.
    pub fn insert_session(&self, id: &HashedSecret, user: &UserName, now: UnixSeconds) -> Result<(), StorageError> {
        let sql = "INSERT INTO \"sessions@\" (id_hash, name, created_at, seen_at) VALUES (?1, ?2, ?3, ?3)";
        self.change(sql, values![id.as_bytes(), user.as_str(), now]).map(drop)
    }

    /// The session with this hash of its id.
    pub fn session(&self, id: &HashedSecret) -> Result<Option<Session>, StorageError> {
        let sql = "SELECT name, created_at, seen_at FROM \"sessions@\" WHERE id_hash = ?1";
        self.find(sql, values![id.as_bytes()], read)
    }

    /// All sessions of a user, oldest first, each with its hash.
    pub fn sessions(&self, user: &UserName) -> Result<Vec<(HashedSecret, Session)>, StorageError> {
        let sql = "SELECT id_hash, name, created_at, seen_at FROM \"sessions@\" WHERE name = ?1 ORDER BY created_at, id_hash";
        self.list(sql, values![user.as_str()], |row| Ok((Columns::new(row, TABLE).hash("id_hash")?, read(row)?)))
    }

    /// Updates when a session was last used.
    pub fn touch_session(&self, id: &HashedSecret, now: UnixSeconds) -> Result<(), StorageError> {
        self.change("UPDATE \"sessions@\" SET seen_at = ?2 WHERE id_hash = ?1", values![id.as_bytes(), now]).map(drop)
    }

    /// Deletes a session.
    pub fn delete_session(&self, id: &HashedSecret) -> Result<(), StorageError> {
        self.change("DELETE FROM \"sessions@\" WHERE id_hash = ?1", values![id.as_bytes()]).map(drop)
    }

    /// Deletes the sessions of a user, except `except`. Returns their number.
    pub fn delete_sessions(&self, user: &UserName, except: Option<&HashedSecret>) -> Result<usize, StorageError> {
        let kept = except.map_or([0; 32], |kept| *kept.as_bytes());
        self.change("DELETE FROM \"sessions@\" WHERE name = ?1 AND id_hash <> ?2", values![user.as_str(), &kept])
    }

    /// Deletes the sessions that were created before `created` or last used before `seen`. Returns their number.
    pub fn delete_old_sessions(&self, created: UnixSeconds, seen: UnixSeconds) -> Result<usize, StorageError> {
        self.change("DELETE FROM \"sessions@\" WHERE created_at < ?1 OR seen_at < ?2", values![created, seen])
    }
}

fn read(row: Row<'_>) -> Result<Session, StorageError> {
    let columns = Columns::new(row, TABLE);
    let (created_at, seen_at) = (columns.time("created_at")?, columns.time("seen_at")?);
    Ok(Session { user: columns.parsed("name")?, created_at, seen_at })
}
