//! `SQLite`: the connections to one file, and the transactions on them.

mod checkpoint;
mod file;
#[cfg(test)]
mod plans;
mod sole_use;
mod writer;

use std::fmt;
use std::path::Path;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, ValueRef};

use super::error::Cause;
use super::transaction::Work;
use super::value::Value;
use super::{StorageError, Transaction};
use writer::Writer;

use crate::connection::sqlite::Connection;
pub(super) use file::DatabaseFile;
pub(super) use sole_use::SoleUse;

/// The maximum number of connections for reading. Opening one costs more than many reads, and each has a page cache of its own.
/// So there are few, and they are reused.
const MAX_READERS: usize = 8;

/// How long a read waits for a connection.
const READER_TIMEOUT: Duration = Duration::from_secs(5);

/// A database in a file.
pub(super) struct Sqlite {
    file: DatabaseFile,
    writer: Writer,
    readers: Mutex<Readers>,
    returned: Condvar,
}

/// The connections for reading.
#[derive(Default)]
struct Readers {
    idle: Vec<Connection>,
    in_use: usize,
}

/// A permit to read, with a connection. When dropped, it returns both.
struct Reader<'a> {
    sqlite: &'a Sqlite,
    connection: Option<Connection>,
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        let mut readers = lock(&self.sqlite.readers);
        readers.in_use -= 1;
        readers.idle.extend(self.connection.take());
        drop(readers);
        self.sqlite.returned.notify_one();
    }
}

impl Sqlite {
    pub(super) fn create(path: &Path) -> Result<Self, StorageError> {
        DatabaseFile::create(path)?;
        Self::open_and_migrate(path)
    }

    pub(super) fn open_and_migrate(path: &Path) -> Result<Self, StorageError> {
        let file = DatabaseFile::find(path)?;
        let mut connection = file.connect_writer()?;
        file::migrate(&mut connection)?;
        Ok(Self::new(file, connection))
    }

    pub(super) fn open_for_users(path: &Path) -> Result<Self, StorageError> {
        DatabaseFile::create(path)?;
        let file = DatabaseFile::find(path)?;
        let connection = file.connect_writer()?;
        file::prepare_for_users(&connection)?;
        Ok(Self::new(file, connection))
    }

    pub(super) fn open(path: &Path) -> Result<Self, StorageError> {
        let file = DatabaseFile::find(path)?;
        let connection = file.connect_writer()?;
        file::check_version(&connection)?;
        Ok(Self::new(file, connection))
    }

    fn new(file: DatabaseFile, writer: rusqlite::Connection) -> Self {
        Self { file, writer: Writer::new(writer), readers: Mutex::default(), returned: Condvar::new() }
    }

    /// Takes the lock of the process that serves the database.
    pub(super) fn take_sole_use(&self) -> Result<SoleUse, StorageError> {
        SoleUse::take(self.file.path())
    }

    pub(super) const fn file(&self) -> &DatabaseFile {
        &self.file
    }

    pub(super) fn read(&self, work: Work<'_>) -> Result<(), StorageError> {
        self.file.check_in_place()?;
        let mut reader = self.take_reader()?;
        let connection = match reader.connection.take() {
            Some(connection) => connection,
            None => Connection::new(self.file.connect_reader()?),
        };
        let result = read(&connection, work);
        // A connection that could not end its transaction is closed.
        reader.connection = Some(connection).filter(|connection| connection.is_autocommit());
        result
    }

    /// Waits until fewer than the maximum of connections are in use. The result holds an idle connection if there is one.
    fn take_reader(&self) -> Result<Reader<'_>, StorageError> {
        let full = |readers: &mut Readers| readers.in_use >= MAX_READERS;
        let waiting = self.returned.wait_timeout_while(lock(&self.readers), READER_TIMEOUT, full);
        let (mut readers, waited) = waiting.unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() {
            return Err(Cause::message("all connections to the database are in use").into());
        }
        readers.in_use += 1;
        Ok(Reader { sqlite: self, connection: readers.idle.pop() })
    }

    pub(super) fn copy_to(&self, path: &Path) -> Result<(), StorageError> {
        self.file.check_in_place()?;
        file::create_private(path)?;
        let copied = self.file.connect_writer().and_then(|connection| {
            let target = path.to_str().ok_or_else(|| Cause::message("the path is not UTF-8"))?;
            connection.execute("VACUUM INTO ?1", [target]).map_err(Cause::from)?;
            file::sync(path)
        });
        if copied.is_err() {
            // An incomplete copy must not look like a backup.
            let _ = std::fs::remove_file(path);
        }
        copied
    }

    pub(super) fn write(&self, work: Work<'_>) -> Result<(), StorageError> {
        self.writer.write(&self.file, work)
    }
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Sqlite").field("file", &self.file).finish_non_exhaustive()
    }
}

fn read(connection: &Connection, work: Work<'_>) -> Result<(), StorageError> {
    connection.run_prepared("BEGIN")?;
    let succeeded = work(&Transaction::on_sqlite(connection).of_snapshot());
    // A read-only transaction can always commit. Some failures have already ended it.
    let ended = if connection.is_autocommit() { Ok(()) } else { connection.run_prepared("COMMIT") };
    if succeeded {
        ended?;
    }
    Ok(())
}

/// Locks a mutex, also after a panic of another thread: that thread rolled back its transaction, and the connection is usable.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match *self {
            Value::Null => ValueRef::Null,
            Value::Number(number) => ValueRef::Integer(number),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Bytes(bytes) => ValueRef::Blob(bytes),
            Value::Texts(_) | Value::Numbers(_) | Value::ByteStrings(_) => {
                return Err(rusqlite::Error::ToSqlConversionFailure("SQLite has no arrays".into()));
            }
        }))
    }
}
