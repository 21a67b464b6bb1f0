//! `SQLite`: the connections to one file, and how statements run on them.

mod file;
mod writer;

use std::fmt;
use std::path::Path;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, ValueRef};

use super::error::Cause;
use super::value::Value;
use super::{StorageError, Transaction};
use writer::Writer;

use crate::connection::sqlite::Connection;
pub(super) use file::DatabaseFile;

/// How many read at once. To open a connection costs more than many reads, and each keeps pages of its own: so there are few, and whoever finds none
/// waits for one.
const READERS: usize = 8;

/// How long somebody waits for a connection that others have.
const PATIENCE: Duration = Duration::from_secs(5);

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
    taken: usize,
}

/// One that reads; its place is free again when it goes.
struct Reader<'a> {
    sqlite: &'a Sqlite,
    connection: Option<Connection>,
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        let mut readers = lock(&self.sqlite.readers);
        readers.taken -= 1;
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

    /// Opens a file that is to hold user stores alone, or makes it.
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
        Self { file, writer: Writer::new(Connection::new(writer)), readers: Mutex::default(), returned: Condvar::new() }
    }

    pub(super) const fn file(&self) -> &DatabaseFile {
        &self.file
    }

    pub(super) fn read<T, E: From<StorageError>>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T, E>) -> Result<T, E> {
        self.file.check_in_place()?;
        let mut reader = self.take_reader()?;
        let connection = match reader.connection.take() {
            Some(connection) => connection,
            None => Connection::new(self.file.connect_reader()?),
        };
        let result = read(&connection, work);
        // One that is stuck in its transaction is of no use any more.
        reader.connection = Some(connection).filter(|connection| connection.is_autocommit());
        result
    }

    /// Takes a place among those who read, and the connection that lies there.
    fn take_reader(&self) -> Result<Reader<'_>, StorageError> {
        let full = |readers: &mut Readers| readers.taken >= READERS;
        let waiting = self.returned.wait_timeout_while(lock(&self.readers), PATIENCE, full);
        let (mut readers, waited) = waiting.unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() {
            return Err(Cause::words("too many read the database at once").into());
        }
        readers.taken += 1;
        Ok(Reader { sqlite: self, connection: readers.idle.pop() })
    }

    pub(super) fn copy_to(&self, path: &Path) -> Result<(), StorageError> {
        self.file.check_in_place()?;
        file::create_private(path)?;
        let copied = self.file.connect_writer().and_then(|connection| {
            let target = path.to_str().ok_or_else(|| Cause::words("the path is not UTF-8"))?;
            connection.execute("VACUUM INTO ?1", [target]).map_err(Cause::from)?;
            file::sync(path)
        });
        if copied.is_err() {
            // Half a copy is none.
            let _ = std::fs::remove_file(path);
        }
        copied
    }

    pub(super) fn write<T, E: From<StorageError>>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T, E>) -> Result<T, E> {
        self.writer.write(&self.file, work)
    }
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Sqlite").field("file", &self.file).finish_non_exhaustive()
    }
}

fn read<T, E: From<StorageError>>(connection: &Connection, work: impl FnOnce(&Transaction<'_>) -> Result<T, E>) -> Result<T, E> {
    connection.run_prepared("BEGIN").map_err(StorageError::from)?;
    let result = work(&Transaction::on_sqlite(connection));
    // Whatever came of it, nothing was changed. Some failures end the transaction by themselves.
    let ended = if connection.is_autocommit() { Ok(()) } else { connection.run_prepared("COMMIT") };
    let value = result?;
    ended.map_err(StorageError::from)?;
    Ok(value)
}

/// A panic in another thread rolled its transaction back; the connection itself is as good as before.
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
        }))
    }
}
