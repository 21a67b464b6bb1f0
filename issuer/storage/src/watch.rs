//! Notices cheaply that any process has changed the database.

use std::sync::Arc;

use rusqlite::Connection;

use super::error::Cause;
use super::postgres::Postgres;
use super::sqlite::DatabaseFile;
use super::{Engine, Storage, StorageError};

/// Polls the revision.
#[derive(Debug)]
pub struct RevisionWatch(Watched);

#[derive(Debug)]
enum Watched {
    /// Uses a separate connection, because the counter `data_version` belongs to a connection.
    Sqlite { file: DatabaseFile, connection: Box<Connection>, seen: Option<i64> },
    /// With any connection of the pool.
    Postgres { postgres: Arc<Postgres>, seen: Option<i64> },
}

impl RevisionWatch {
    pub(super) fn new(storage: &Storage) -> Result<Self, StorageError> {
        Ok(Self(match &storage.0 {
            Engine::Sqlite(sqlite) => {
                let file = sqlite.file().clone();
                file.check_in_place()?;
                Watched::Sqlite { connection: Box::new(file.connect_reader()?), file, seen: None }
            }
            Engine::Postgres(postgres) => Watched::Postgres { postgres: Arc::clone(postgres), seen: None },
        }))
    }

    /// The revision, if any process may have committed since the last call; otherwise `None`.
    pub fn poll(&mut self) -> Result<Option<u64>, StorageError> {
        let number = match &mut self.0 {
            Watched::Sqlite { file, connection, seen } => {
                file.check_in_place()?;
                poll_sqlite(connection, seen)?
            }
            Watched::Postgres { postgres, seen } => {
                let number = postgres.revision()?;
                (seen.replace(number) != Some(number)).then_some(number)
            }
        };
        let number = number.map(u64::try_from).transpose();
        number.map_err(|_| StorageError::Corrupt { table: "revision", column: "number" })
    }
}

/// Reads `data_version` first, a counter in shared memory that changes with every commit of another connection. Reads the table
/// only if the counter has changed.
fn poll_sqlite(connection: &Connection, seen: &mut Option<i64>) -> Result<Option<i64>, Cause> {
    let version: i64 = connection.pragma_query_value(None, "data_version", |row| row.get(0))?;
    if *seen == Some(version) {
        return Ok(None);
    }
    let number = connection.query_row("SELECT number FROM revision", [], |row| row.get(0))?;
    *seen = Some(version);
    Ok(Some(number))
}

#[cfg(test)]
mod tests {
    use postern_token::UnixSeconds;

    use super::*;
    use postern_model::{EdgeEnvironment, EdgeName};
    use postern_secrets::{HashedSecret, PlainSecret};

    #[test]
    fn each_commit_of_another_connection_is_reported_once() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("postern.db");
        let location = crate::Location::File(path.clone());
        let storage = Storage::create(&location).unwrap();
        let mut watch = storage.watch().unwrap();
        let first = watch.poll().unwrap().unwrap();
        assert_eq!(watch.poll().unwrap(), None);
        let other = Storage::open(&location).unwrap();
        other.write(|transaction| transaction.insert_status_list(UnixSeconds(1))).unwrap();
        assert_eq!(watch.poll().unwrap(), Some(first + 1));
        assert_eq!(watch.poll().unwrap(), None);
        // A commit that does not change the bundle is reported too, with the same revision.
        let key = HashedSecret::of(&PlainSecret::presented("x".into()));
        let name: EdgeName = "edge-1".parse().unwrap();
        storage.write(|transaction| transaction.insert_edge_key(&name, EdgeEnvironment::Both, &key, UnixSeconds(1))).unwrap();
        assert_eq!(watch.poll().unwrap(), Some(first + 1));
        std::fs::rename(&path, directory.path().join("away.db")).unwrap();
        assert!(matches!(watch.poll(), Err(StorageError::Gone { .. })));
    }
}
