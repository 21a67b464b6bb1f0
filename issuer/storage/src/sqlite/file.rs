//! The file of the database, the connections to it, and the version of its tables.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf, absolute};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use rusqlite_migration::{M, Migrations};

use crate::StorageError;
use crate::error::Cause;

/// How long a transaction waits for the transaction of another process.
const BUSY_TIMEOUT: Duration = Duration::from_secs(4);

/// The page cache of the writing connection, as a negative number of KiB. It is small, because `SQLite` walks through all of it at the end of
/// most transactions, and the operating system has the pages in its cache too.
const WRITER_CACHE: i64 = -2 * 1024;

/// The page cache of a reading connection. It is small, because there are several of them, each reads few rows, and `SQLite` empties it after
/// each commit of another connection.
const READER_CACHE: i64 = -256;

/// How many prepared statements a connection caches: about all there are.
const STATEMENTS: usize = 128;

/// The migration steps, a file for each. A released step is never changed; a change of the tables is a new step.
const STEPS: &[M<'static>] = &[
    M::up(include_str!("../../migrations/sqlite/0001_catalogue_and_tokens.sql")),
    M::up(include_str!("../../migrations/sqlite/0002_live_bundles_and_revocation.sql")).foreign_key_check(),
    M::up(include_str!("../../migrations/sqlite/0003_key_manager.sql")).foreign_key_check(),
    M::up(include_str!("../../migrations/sqlite/0004_users.sql")),
    M::up(include_str!("../../migrations/sqlite/0005_audit_retention.sql")),
    M::up(include_str!("../../migrations/sqlite/0006_bundles.sql")),
    M::up(include_str!("../../migrations/sqlite/0007_probe_and_bounds.sql")),
    M::up(include_str!("../../migrations/sqlite/0008_guessing_and_events.sql")),
    M::up(include_str!("../../migrations/sqlite/0009_rights.sql")),
    M::up(include_str!("../../migrations/sqlite/0010_floods.sql")),
    M::up(include_str!("../../migrations/sqlite/0011_accounts.sql")),
    M::up(include_str!("../../migrations/sqlite/0012_providers.sql")),
    M::up(include_str!("../../migrations/sqlite/0013_catalogue.sql")),
    M::up(include_str!("../../migrations/sqlite/0014_second_factor.sql")),
    M::up(include_str!("../../migrations/sqlite/0015_scope_descriptions.sql")),
    M::up(include_str!("../../migrations/sqlite/0016_teams.sql")),
    M::up(include_str!("../../migrations/sqlite/0017_edges_and_usage.sql")),
    M::up(include_str!("../../migrations/sqlite/0018_branding.sql")),
    M::up(include_str!("../../migrations/sqlite/0019_secret_descriptions.sql")),
    M::up(include_str!("../../migrations/sqlite/0020_catalogue_revision.sql")),
    M::up(include_str!("../../migrations/sqlite/0021_token_profiles.sql")).foreign_key_check(),
    M::up(include_str!("../../migrations/sqlite/0022_audit_and_roles.sql")),
    M::up(include_str!("../../migrations/sqlite/0023_fewer_indexes.sql")).foreign_key_check(),
];

const MIGRATIONS: Migrations<'static> = Migrations::from_slice(STEPS);

/// The file that holds the database.
#[derive(Debug, Clone)]
pub(crate) struct DatabaseFile {
    path: PathBuf,
    /// Device and inode, which identify the file when its path is renamed or replaced.
    identity: (u64, u64),
}

impl DatabaseFile {
    /// Creates the file if it does not exist, with mode 0600. `SQLite` gives its journal files the same mode.
    pub(super) fn create(path: &Path) -> Result<(), StorageError> {
        let opened = OpenOptions::new().create(true).append(true).mode(0o600).open(path);
        opened.map(drop).map_err(|source| StorageError::File { path: path.to_owned(), source })
    }

    /// The file at `path`; fails if it does not exist.
    pub(super) fn find(path: &Path) -> Result<Self, StorageError> {
        let identity = identity(path)?.ok_or_else(|| StorageError::NoDatabase { path: path.to_owned() })?;
        // `SQLite` does not take `:memory:` as a path. An absolute path always is one.
        let path = absolute(path).map_err(|source| StorageError::File { path: path.to_owned(), source })?;
        Ok(Self { path, identity })
    }

    /// The absolute path.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Fails if the file was removed or replaced. A removed file can still be written to, and everything written to it is lost.
    pub(crate) fn check_in_place(&self) -> Result<(), StorageError> {
        match identity(&self.path)? {
            Some(identity) if identity == self.identity => Ok(()),
            _ => Err(StorageError::Gone { path: self.path.clone() }),
        }
    }

    /// A connection for writing.
    pub(super) fn connect_writer(&self) -> Result<Connection, StorageError> {
        Ok(self.connect(|connection| {
            connection.pragma_update(None, "journal_mode", "WAL")?;
            connection.pragma_update(None, "cache_size", WRITER_CACHE)
        })?)
    }

    /// A connection for reading, which refuses to write.
    pub(crate) fn connect_reader(&self) -> Result<Connection, StorageError> {
        Ok(self.connect(|connection| {
            connection.pragma_update(None, "cache_size", READER_CACHE)?;
            connection.pragma_update(None, "query_only", true)
        })?)
    }

    fn connect(&self, configure: impl FnOnce(&Connection) -> rusqlite::Result<()>) -> Result<Connection, Cause> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "trusted_schema", false)?;
        // A committed record must survive a power failure: a token without its record cannot be revoked.
        connection.pragma_update(None, "synchronous", "FULL")?;
        configure(&connection)?;
        Ok(connection)
    }
}

/// Creates an empty file with mode 0600; fails if the path exists.
pub(super) fn create_private(path: &Path) -> Result<(), StorageError> {
    let created = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    created.map(drop).map_err(|source| StorageError::File { path: path.to_owned(), source })
}

/// Writes the content of a file through to the disk.
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

/// Creates the tables or migrates them to this version.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), StorageError> {
    if pending(connection)? < 0 {
        return Err(StorageError::Newer);
    }
    if is_foreign(connection)? {
        return Err(StorageError::Foreign);
    }
    match MIGRATIONS.to_latest(connection) {
        // Another process that started at the same time may have done the migration.
        Err(_) if pending(connection)? == 0 => Ok(()),
        result => result.map_err(|error| StorageError::Migration(error.into())),
    }
}

/// Creates the table `user_stores` of a database for user stores. The tables of each store are created later.
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

/// Fails if the tables do not have this version.
pub(super) fn check_version(connection: &Connection) -> Result<(), StorageError> {
    match pending(connection)? {
        0 => Ok(()),
        ..0 => Err(StorageError::Newer),
        1.. => Err(StorageError::Outdated),
    }
}

/// The number of steps that are not applied yet; negative if a newer version has applied steps that this one does not know.
fn pending(connection: &Connection) -> Result<i32, StorageError> {
    Ok(MIGRATIONS.pending_migrations(connection).map_err(Cause::from)?)
}

/// Whether a database without our version number has any tables, which must be another program's.
fn is_foreign(connection: &mut Connection) -> Result<bool, StorageError> {
    // One transaction, because another process may be creating the tables and setting their version at the same time.
    let mut inspect = || -> Result<bool, rusqlite::Error> {
        let transaction = connection.transaction()?;
        let tables: i64 = transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        let version: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
        Ok(tables > 0 && version == 0)
    };
    Ok(inspect().map_err(Cause::from)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migrations_are_valid() {
        MIGRATIONS.validate().unwrap();
    }

    #[test]
    fn short_audit_entries_of_version_22_are_found_by_application() {
        let mut raw = Connection::open_in_memory().unwrap();
        MIGRATIONS.to_version(&mut raw, 22).unwrap();
        raw.execute_batch(
            "INSERT INTO applications (id, name, application_validity, user_validity, created_at, state)
             VALUES ('app_wwd3eca1pzfgd6sx8zrv', 'Old', 60, 60, 1, 'active');
             INSERT INTO token_profiles (application_id, consumer_key, kind, key_type, obtained, kid, minted_by)
             VALUES ('app_wwd3eca1pzfgd6sx8zrv', 'ck', 'application', 'production', 'client_credentials', 'k1', 'client:ck');
             INSERT INTO audit (number, at, actor, action, profile, validity)
             VALUES (7, 1, '', '', 1, 60), (1023, 2, '', '', 1, 60), (1024, 3, '', '', 1, 60), (5000, 4, 'operator', 'audit.prune', NULL, NULL);",
        )
        .unwrap();
        migrate(&mut raw).unwrap();
        let connection = crate::connection::sqlite::Connection::new(raw);
        let filter = crate::AuditFilter { application: "app_wwd3eca1pzfgd6sx8zrv".parse().ok(), ..Default::default() };
        let found = crate::Transaction::on_sqlite(&connection).audit(&filter, 10).unwrap();
        assert_eq!(found.iter().map(|entry| entry.number).collect::<Vec<_>>(), [1024, 1023, 7]);
        // The log is as it was, and its numbers go on.
        let (count, last): (i64, i64) =
            connection.query_row("SELECT count(*), max(number) FROM audit", [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        assert_eq!((count, last), (4, 5000));
        connection.execute("INSERT INTO audit (at, actor, action) VALUES (5, 'operator', 'api.add')", []).unwrap();
        assert_eq!(connection.last_insert_rowid(), 5001);
        for sql in
            ["DELETE FROM audit", "UPDATE audit SET at = 1", "UPDATE audit_floor SET number = 7", "DELETE FROM token_profiles"]
        {
            assert!(connection.execute(sql, []).is_err(), "{sql}");
        }
    }
}
