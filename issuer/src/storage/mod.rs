//! The database: `SQLite` in one file. Everything that knows SQL is here, and nothing here knows HTTP.

mod apis;
mod applications;
mod columns;
mod connection;
mod edge_keys;
mod error;
mod key_sets;
mod revision;
mod settings;
mod signing_keys;
mod status_lists;
mod subscriptions;
mod tiers;
mod tokens;
mod transaction;
mod watch;

use std::fmt;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, TransactionBehavior};

pub use error::StorageError;
pub use signing_keys::SealedSigningKey;
pub use tokens::{Ending, LiveTokens};
pub use transaction::Transaction;
pub use watch::RevisionWatch;

use connection::DatabaseFile;

/// How many connections for reading are kept open when nobody reads.
const MAX_IDLE_READERS: usize = 8;

/// A handle on the database, which runs one closure as one transaction.
pub struct Storage {
    file: DatabaseFile,
    /// Writers of this process take turns here, which is cheaper than `SQLite`'s polling for its lock.
    writer: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
}

impl Storage {
    /// Creates the database at `path`, readable by its owner alone, or opens and migrates the one that is there.
    pub fn create(path: &Path) -> Result<Self, StorageError> {
        DatabaseFile::create(path)?;
        Self::open_and_migrate(path)
    }

    /// Opens the database at `path` and brings its tables up to this version.
    pub fn open_and_migrate(path: &Path) -> Result<Self, StorageError> {
        let file = DatabaseFile::find(path)?;
        let mut connection = file.connect_writer()?;
        connection::migrate(&mut connection)?;
        Ok(Self::new(file, connection))
    }

    /// Opens the database at `path`, whose tables must already be the ones of this version.
    pub fn open(path: &Path) -> Result<Self, StorageError> {
        let file = DatabaseFile::find(path)?;
        let connection = file.connect_writer()?;
        connection::check_version(&connection)?;
        Ok(Self::new(file, connection))
    }

    fn new(file: DatabaseFile, writer: Connection) -> Self {
        Self { file, writer: Mutex::new(writer), readers: Mutex::new(Vec::new()) }
    }

    /// Runs `work` as one transaction that sees one state of the database and cannot change it.
    pub fn read<T, E: From<StorageError>>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T, E>) -> Result<T, E> {
        self.file.check_in_place()?;
        let idle = lock(&self.readers).pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => self.file.connect_reader()?,
        };
        let result = run(&mut connection, TransactionBehavior::Deferred, work);
        let mut readers = lock(&self.readers);
        if readers.len() < MAX_IDLE_READERS {
            readers.push(connection);
        }
        result
    }

    /// Runs `work` as one transaction that holds the database's write lock from its start. Nothing of it lasts unless
    /// `work` succeeds and everything is on the disk.
    pub fn write<T, E: From<StorageError>>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T, E>) -> Result<T, E> {
        let mut connection = lock(&self.writer);
        self.file.check_in_place()?;
        run(&mut connection, TransactionBehavior::Immediate, work)
    }
}

impl fmt::Debug for Storage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Storage").field("file", &self.file).finish_non_exhaustive()
    }
}

fn run<T, E: From<StorageError>>(
    connection: &mut Connection,
    behavior: TransactionBehavior,
    work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
) -> Result<T, E> {
    let transaction = Transaction::new(connection.transaction_with_behavior(behavior).map_err(StorageError::from)?);
    let value = work(&transaction)?;
    transaction.commit()?;
    Ok(value)
}

/// A panic in another thread rolled its transaction back; the connection itself is as good as before.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
