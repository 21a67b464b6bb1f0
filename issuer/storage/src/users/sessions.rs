//! The table `sessions@`.

use postern_token::UnixSeconds;

use super::UserTables;
use crate::StorageError;
use crate::columns::Columns;
use crate::value::values;
use postern_model::{Session, UserName};
use postern_secrets::HashedSecret;

const TABLE: &str = "sessions";

impl UserTables<'_, '_> {
    /// Keeps a new session.
    pub fn insert_session(&self, id: &HashedSecret, user: &UserName, now: UnixSeconds) -> Result<(), StorageError> {
        let sql = "INSERT INTO \"sessions@\" (id_hash, name, created_at, seen_at) VALUES (?1, ?2, ?3, ?3)";
        self.change(sql, values![id.as_bytes(), user.as_str(), now]).map(drop)
    }

    /// The session of that id.
    pub fn session(&self, id: &HashedSecret) -> Result<Option<Session>, StorageError> {
        let sql = "SELECT name, created_at, seen_at FROM \"sessions@\" WHERE id_hash = ?1";
        self.find(sql, values![id.as_bytes()], |row| {
            let columns = Columns::new(row, TABLE);
            let (created_at, seen_at) = (columns.time("created_at")?, columns.time("seen_at")?);
            Ok(Session { user: columns.parsed("name")?, created_at, seen_at })
        })
    }

    /// Notes that a session was used.
    pub fn touch_session(&self, id: &HashedSecret, now: UnixSeconds) -> Result<(), StorageError> {
        self.change("UPDATE \"sessions@\" SET seen_at = ?2 WHERE id_hash = ?1", values![id.as_bytes(), now]).map(drop)
    }

    /// Ends a session.
    pub fn delete_session(&self, id: &HashedSecret) -> Result<(), StorageError> {
        self.change("DELETE FROM \"sessions@\" WHERE id_hash = ?1", values![id.as_bytes()]).map(drop)
    }

    /// Ends every session of a user, but for one where that is given.
    pub fn delete_sessions(&self, user: &UserName, but: Option<&HashedSecret>) -> Result<usize, StorageError> {
        let kept = but.map_or([0; 32], |kept| *kept.as_bytes());
        self.change("DELETE FROM \"sessions@\" WHERE name = ?1 AND id_hash <> ?2", values![user.as_str(), &kept])
    }

    /// Forgets sessions that began, or were used last, before these moments.
    pub fn delete_old_sessions(&self, begun: UnixSeconds, seen: UnixSeconds) -> Result<usize, StorageError> {
        self.change("DELETE FROM \"sessions@\" WHERE created_at < ?1 OR seen_at < ?2", values![begun, seen])
    }
}
