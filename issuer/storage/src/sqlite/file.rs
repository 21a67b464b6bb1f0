//! The database's file, the connections to it, and the version of its tables.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf, absolute};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use rusqlite_migration::{M, Migrations};

use crate::StorageError;
use crate::error::Cause;

/// How long a transaction waits for one of another process.
const BUSY_TIMEOUT: Duration = Duration::from_secs(4);

/// What the connection that writes keeps of the file: a negative number of KiB.
const WRITER_CACHE: i64 = -16 * 1024;

/// What one that reads keeps: it looks a few rows up, and there are several.
const READER_CACHE: i64 = -1024;

/// How many prepared statements a connection keeps: about as many as there are.
const STATEMENTS: usize = 128;

/// One file for each step. A step that was released is never changed; the next one comes after it.
const STEPS: &[M<'static>] = &[
    M::up(include_str!("../../migrations/sqlite/0001_catalogue_and_tokens.sql")),
    M::up(include_str!("../../migrations/sqlite/0002_live_bundles_and_revocation.sql")).foreign_key_check(),
    M::up(include_str!("../../migrations/sqlite/0003_key_manager.sql")).foreign_key_check(),
    M::up(include_str!("../../migrations/sqlite/0004_users.sql")),
    M::up(include_str!("../../migrations/sqlite/0005_audit_retention.sql")),
    M::up(include_str!("../../migrations/sqlite/0006_bundles.sql")),
];

const MIGRATIONS: Migrations<'static> = Migrations::from_slice(STEPS);

/// The file that holds the database, as it was found.
#[derive(Debug, Clone)]
pub(crate) struct DatabaseFile {
    path: PathBuf,
    /// Device and inode: the file itself, whatever its name.
    identity: (u64, u64),
}

impl DatabaseFile {
    /// Makes sure that there is a file at `path`; a new one is readable by its owner alone, and so will be the files that
    /// `SQLite` keeps beside it.
    pub(super) fn create(path: &Path) -> Result<(), StorageError> {
        let opened = OpenOptions::new().create(true).append(true).mode(0o600).open(path);
        opened.map(drop).map_err(|source| StorageError::File { path: path.to_owned(), source })
    }

    /// The file at `path`.
    pub(super) fn find(path: &Path) -> Result<Self, StorageError> {
        let identity = identity(path)?.ok_or_else(|| StorageError::NoDatabase { path: path.to_owned() })?;
        // `SQLite` takes a bare `:memory:` for no file at all; an absolute path is always one.
        let path = absolute(path).map_err(|source| StorageError::File { path: path.to_owned(), source })?;
        Ok(Self { path, identity })
    }

    /// A removed file can still be written to, and what is written there is lost.
    pub(crate) fn check_in_place(&self) -> Result<(), StorageError> {
        match identity(&self.path)? {
            Some(identity) if identity == self.identity => Ok(()),
            _ => Err(StorageError::Gone { path: self.path.clone() }),
        }
    }

    /// A connection that may write.
    pub(super) fn connect_writer(&self) -> Result<Connection, StorageError> {
        Ok(self.connect(|connection| {
            connection.pragma_update(None, "journal_mode", "WAL")?;
            connection.pragma_update(None, "cache_size", WRITER_CACHE)
        })?)
    }

    /// A connection that may not.
    pub(crate) fn connect_reader(&self) -> Result<Connection, StorageError> {
        Ok(self.connect(|connection| {
            connection.pragma_update(None, "cache_size", READER_CACHE)?;
            connection.pragma_update(None, "query_only", true)
        })?)
    }

    fn connect(&self, adjust: impl FnOnce(&Connection) -> rusqlite::Result<()>) -> Result<Connection, Cause> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "trusted_schema", false)?;
        // An answer that was given must survive a power cut: the record of a token is what revokes it.
        connection.pragma_update(None, "synchronous", "FULL")?;
        adjust(&connection)?;
        Ok(connection)
    }
}

/// Creates an empty file that its owner alone can read, where there is none.
pub(super) fn create_private(path: &Path) -> Result<(), StorageError> {
    let created = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    created.map(drop).map_err(|source| StorageError::File { path: path.to_owned(), source })
}

/// Makes sure that what was written to a file is on the disk.
pub(super) fn sync(path: &Path) -> Result<(), StorageError> {
    let synced = OpenOptions::new().write(true).open(path).and_then(|file| file.sync_all());
    synced.map_err(|source| StorageError::File { path: path.to_owned(), source })
}

fn identity(path: &Path) -> Result<Option<(u64, u64)>, StorageError> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(Some((metadata.dev(), metadata.ino()))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(StorageError::File { path: path.to_owned(), source }),
    }
}

/// Brings the tables up to this version.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), StorageError> {
    if pending(connection)? < 0 {
        return Err(StorageError::Newer);
    }
    if is_foreign(connection)? {
        return Err(StorageError::Foreign);
    }
    match MIGRATIONS.to_latest(connection) {
        // Another process that started at the same moment may have done the work.
        Err(_) if pending(connection)? == 0 => Ok(()),
        result => result.map_err(|error| StorageError::Migration(error.into())),
    }
}

/// Makes the one table that a file for user stores has before these are prepared.
pub(super) fn prepare_for_users(connection: &Connection) -> Result<(), StorageError> {
    let sql = "SELECT count(*) FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE '%@%'
                   AND name <> 'user_stores'";
    let others: i64 = connection.query_row(sql, [], |row| row.get(0)).map_err(Cause::from)?;
    if others > 0 {
        return Err(StorageError::Foreign);
    }
    let sql = "CREATE TABLE IF NOT EXISTS user_stores (
                   name TEXT PRIMARY KEY, version INTEGER NOT NULL, elsewhere INTEGER NOT NULL) STRICT";
    Ok(connection.execute_batch(sql).map_err(Cause::from)?)
}

/// Makes sure that the tables are the ones of this version.
pub(super) fn check_version(connection: &Connection) -> Result<(), StorageError> {
    match pending(connection)? {
        0 => Ok(()),
        ..0 => Err(StorageError::Newer),
        1.. => Err(StorageError::Outdated),
    }
}

/// How many steps there are that the database has not taken; negative where it has taken more than there are.
fn pending(connection: &Connection) -> Result<i32, StorageError> {
    Ok(MIGRATIONS.pending_migrations(connection).map_err(Cause::from)?)
}

/// Whether there are tables that no version of this program made: nothing of ours belongs beside them.
fn is_foreign(connection: &mut Connection) -> Result<bool, StorageError> {
    // One transaction: another process may be making the tables and their version at this moment.
    let mut look = || -> Result<bool, rusqlite::Error> {
        let transaction = connection.transaction()?;
        let tables: i64 = transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        let version: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
        Ok(tables > 0 && version == 0)
    };
    Ok(look().map_err(Cause::from)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_migrations_are_sound() {
        MIGRATIONS.validate().unwrap();
    }
}
