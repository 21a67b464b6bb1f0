//! `PostgreSQL`: a few connections to one database, and how statements run on them.

mod encryption;
mod pool;
mod tables;

use super::location::Server;
use super::{StorageError, Transaction};
use pool::Pool;

/// A database on a server.
#[derive(Debug)]
pub(super) struct Postgres {
    pool: Pool,
    lock: i64,
}

/// What those who write lock. The numbers are as good as any others that no other program would choose. A database for user stores may be a schema beside the main
/// one's, and is written to while that one's lock is held: so it has another.
const LOCK: i64 = 8_106_479_329_266_893;
const LOCK_FOR_USERS: i64 = 8_106_479_329_266_894;

/// Who may write beside a transaction that writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Company {
    /// Nobody.
    Alone,
    /// Those who say the same.
    Others,
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

    pub(super) fn read<T, E: From<StorageError>>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T, E>) -> Result<T, E> {
        self.transaction("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY", work)
    }

    /// What is read after the lock was taken is what others left behind: each statement sees what was committed before it began.
    pub(super) fn write<T, E: From<StorageError>>(
        &self,
        company: Company,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let lock = match company {
            Company::Alone => "pg_advisory_xact_lock",
            Company::Others => "pg_advisory_xact_lock_shared",
        };
        self.transaction(&format!("BEGIN; SELECT {lock}({})", self.lock), work)
    }

    fn transaction<T, E: From<StorageError>>(
        &self,
        begin: &str,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut connection = self.pool.begin(begin)?;
        let value = work(&Transaction::on_postgres(connection.connection()?))?;
        connection.commit()?;
        Ok(value)
    }

    pub(super) fn revision(&self) -> Result<i64, StorageError> {
        self.pool.with(|connection| {
            let rows = connection.query("SELECT number FROM revision", &[])?;
            let number = rows.first().map(|row| row.try_get("number")).transpose().map_err(super::Cause::from)?;
            number.ok_or(StorageError::Corrupt { table: "revision", column: "number" })
        })
    }
}
