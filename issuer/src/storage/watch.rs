//! Finding out that the database has changed, whoever changed it, for as little as can be.

use rusqlite::Connection;

use super::connection::DatabaseFile;
use super::{Storage, StorageError};

/// Looks for changes of the revision over a connection of its own.
#[derive(Debug)]
pub struct RevisionWatch {
    file: DatabaseFile,
    connection: Connection,
    seen: Option<i64>,
}

impl Storage {
    /// A new watch, which has seen nothing yet.
    pub fn watch(&self) -> Result<RevisionWatch, StorageError> {
        self.file.check_in_place()?;
        Ok(RevisionWatch { file: self.file.clone(), connection: self.file.connect_reader()?, seen: None })
    }
}

impl RevisionWatch {
    /// The revision, when something was committed since the last call, by any process.
    pub fn poll(&mut self) -> Result<Option<u64>, StorageError> {
        self.file.check_in_place()?;
        // It reads a counter in shared memory and changes with every commit of another connection: no table is looked at.
        let version: i64 = self.connection.pragma_query_value(None, "data_version", |row| row.get(0))?;
        if self.seen == Some(version) {
            return Ok(None);
        }
        let number: i64 = self.connection.query_row("SELECT number FROM revision", [], |row| row.get(0))?;
        self.seen = Some(version);
        u64::try_from(number).map(Some).map_err(|_| StorageError::Corrupt { table: "revision", column: "number" })
    }
}

#[cfg(test)]
mod tests {
    use postern_token::UnixSeconds;

    use super::*;
    use crate::catalogue::EdgeName;
    use crate::secrets::{HashedSecret, PlainSecret};

    #[test]
    fn sees_what_others_commit_and_nothing_twice() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("postern.db");
        let storage = Storage::create(&path).unwrap();
        let mut watch = storage.watch().unwrap();
        let first = watch.poll().unwrap().unwrap();
        assert_eq!(watch.poll().unwrap(), None);
        let other = Storage::open(&path).unwrap();
        other.write(|transaction| transaction.insert_status_list(UnixSeconds(1))).unwrap();
        assert_eq!(watch.poll().unwrap(), Some(first + 1));
        assert_eq!(watch.poll().unwrap(), None);
        // A commit that edges need not hear of is seen as well, and the revision is what it was.
        let key = HashedSecret::of(&PlainSecret::presented("x".into()));
        let name: EdgeName = "edge-1".parse().unwrap();
        storage.write(|transaction| transaction.insert_edge_key(&name, &key, UnixSeconds(1))).unwrap();
        assert_eq!(watch.poll().unwrap(), Some(first + 1));
        std::fs::rename(&path, directory.path().join("away.db")).unwrap();
        assert!(matches!(watch.poll(), Err(StorageError::Gone { .. })));
    }
}
