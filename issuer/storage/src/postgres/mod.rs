//! `PostgreSQL`: a pool of connections to one database, and the transactions on it.

mod encryption;
mod pool;
mod tables;

use std::time::Duration;

use super::location::Server;
use super::transaction::Work;
use super::{StorageError, Transaction};
use crate::connection::postgres::Connection;
use pool::Pool;

/// A `PostgreSQL` database.
#[derive(Debug)]
pub(super) struct Postgres {
    pool: Pool,
    lock: i64,
}

/// The number of the advisory lock of writers, random so that no other program uses it.
const LOCK: i64 = 8_106_479_329_266_893;

/// The same for a database of user stores, which may be another schema of the main database. It needs a lock of its own, because
/// it is written to while the main database's lock is held.
const LOCK_FOR_USERS: i64 = 8_106_479_329_266_894;

/// The number of the advisory lock that each connection of a serving issuer shares.
const SERVING: i64 = 8_106_479_329_266_895;

/// Longer than an issuer takes to replace connections that were ended, which it checks twice a second.
const RECONNECTION: Duration = Duration::from_secs(2);

/// How often, and after which pauses, [`Postgres::wait_for_writers`] looks again: longer than any request may take.
const WAITS: u32 = 1000;
const PAUSE: Duration = Duration::from_millis(20);

/// The mode in which a writer holds the advisory lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WriteLock {
    /// No other transaction writes.
    Exclusive,
    /// Other transactions with a shared lock may write.
    Shared,
}

impl Postgres {
    pub(super) fn create(server: &Server) -> Result<Self, StorageError> {
        let postgres = Self::connect(server)?;
        postgres.pool.with(tables::create)?;
        Ok(postgres)
    }

    pub(super) fn open_and_migrate(server: &Server) -> Result<Self, StorageError> {
        let postgres = Self::connect(server)?;
        postgres.pool.with(tables::migrate)?;
        Ok(postgres)
    }

    pub(super) fn open_for_users(server: &Server) -> Result<Self, StorageError> {
        let postgres = Self { lock: LOCK_FOR_USERS, ..Self::connect(server)? };
        postgres.pool.with(tables::prepare_for_users)?;
        Ok(postgres)
    }

    pub(super) fn open(server: &Server) -> Result<Self, StorageError> {
        let postgres = Self::connect(server)?;
        postgres.pool.with(tables::check_version)?;
        Ok(postgres)
    }

    fn connect(server: &Server) -> Result<Self, StorageError> {
        Ok(Self { pool: Pool::new(server)?, lock: LOCK })
    }

    pub(super) const fn connections(&self) -> usize {
        self.pool.connections()
    }

    pub(super) fn read(&self, work: Work<'_>) -> Result<(), StorageError> {
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";
        self.transaction(begin, &mut |transaction| work(&transaction.of_snapshot()))
    }

    /// The transaction is READ COMMITTED, so its statements see what other writers committed before it got the lock.
    pub(super) fn write(&self, mode: WriteLock, work: Work<'_>) -> Result<(), StorageError> {
        let lock = match mode {
            WriteLock::Exclusive => "pg_advisory_xact_lock",
            WriteLock::Shared => "pg_advisory_xact_lock_shared",
        };
        self.transaction(&format!("BEGIN; SELECT {lock}({})", self.lock), &mut |transaction| work(&transaction))
    }

    /// Waits until every transaction that writes now has ended, without keeping others from writing; `false` if that takes too long.
    pub(super) fn wait_for_writers(&self) -> Result<bool, StorageError> {
        let mut writers = self.writers()?;
        for _ in 0..WAITS {
            if writers.is_empty() {
                return Ok(true);
            }
            std::thread::sleep(PAUSE);
            let now = self.writers()?;
            writers.retain(|writer| now.contains(writer));
        }
        Ok(writers.is_empty())
    }

    /// The transactions that hold the lock of writers.
    fn writers(&self) -> Result<Vec<String>, StorageError> {
        // The number of an advisory lock is in two columns (PostgreSQL, section 53.13).
        let sql = format!(
            "SELECT virtualtransaction AS writer FROM pg_locks
             WHERE granted AND locktype = 'advisory' AND objsubid = 1 AND ((classid::BIGINT << 32) | objid::BIGINT) = {}
             AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            self.lock
        );
        self.pool.with(|connection| {
            let rows = connection.query(&sql, &[])?;
            Ok(rows.iter().map(|row| row.try_get("writer")).collect::<Result<_, _>>().map_err(super::Cause::from)?)
        })
    }

    fn transaction(&self, begin: &str, work: &mut dyn FnMut(Transaction<'_>) -> bool) -> Result<(), StorageError> {
        let mut connection = self.pool.begin(begin)?;
        if work(Transaction::on_postgres(connection.connection()?)) {
            connection.commit()?;
        }
        Ok(())
    }

    /// Marks every connection of this process as one of an issuer that serves the database. Many may.
    pub(super) fn begin_serving(&self) -> Result<(), StorageError> {
        self.pool.on_connect(format!("SELECT pg_advisory_lock_shared({SERVING})"))
    }

    /// Opens a connection if none is open.
    pub(super) fn keep_serving(&self) -> Result<(), StorageError> {
        self.pool.with(|_| Ok(()))
    }

    /// A connection that keeps issuers from serving the database until it is closed. Fails if one does. An issuer whose connections were
    /// just ended is not visible until it opens another, so this asks twice, and lets issuers connect in between.
    pub(super) fn take_sole_use(&self) -> Result<Connection, StorageError> {
        let mut connection = self.try_sole_use()?;
        connection.run(&format!("SELECT pg_advisory_unlock({SERVING})"))?;
        drop(connection);
        std::thread::sleep(RECONNECTION);
        self.try_sole_use()
    }

    fn try_sole_use(&self) -> Result<Connection, StorageError> {
        let mut connection = self.pool.connect()?;
        let rows =
            connection.query(&format!("SELECT pg_try_advisory_lock({SERVING}) AS taken, current_database() AS name"), &[])?;
        let row = rows.first().ok_or(StorageError::Empty)?;
        if row.try_get("taken").map_err(super::Cause::from)? {
            return Ok(connection);
        }
        Err(StorageError::InUse { database: row.try_get("name").map_err(super::Cause::from)?, process: None })
    }

    pub(super) fn revision(&self) -> Result<i64, StorageError> {
        self.pool.with(|connection| {
            let rows = connection.query("SELECT number FROM revision", &[])?;
            let number = rows.first().map(|row| row.try_get("number")).transpose().map_err(super::Cause::from)?;
            number.ok_or(StorageError::Corrupt { table: "revision", column: "number" })
        })
    }
}
