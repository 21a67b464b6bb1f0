//! Which processes may serve a database: one issuer for an `SQLite` file, any number for a `PostgreSQL` database, and none during a
//! recovery.

use std::fmt;

use super::connection::postgres;
use super::{Engine, Storage, StorageError, sqlite};

/// Keeps others from serving the database, until it is dropped or the process ends.
pub struct SoleUse(#[allow(dead_code, reason = "held until it is dropped")] Held);

enum Held {
    Sqlite(sqlite::SoleUse),
    /// A separate connection, whose session holds the lock.
    Postgres(Box<postgres::Connection>),
    /// Others may serve too; the connections of the pool show that this process serves.
    Shared,
}

impl Storage {
    /// Begins to serve the database. Fails with [`StorageError::InUse`] if another process serves the same `SQLite` file, and waits for a
    /// recovery of a `PostgreSQL` database as long as for any lock.
    pub fn begin_serving(&self) -> Result<SoleUse, StorageError> {
        Ok(SoleUse(match &self.0 {
            Engine::Sqlite(sqlite) => Held::Sqlite(sqlite.take_sole_use()?),
            Engine::Postgres(postgres) => postgres.begin_serving().map(|()| Held::Shared)?,
        }))
    }

    /// Makes sure that others can see that this process serves the database: a `PostgreSQL` server that was restarted, or that ended the
    /// connections of this process, has forgotten it. Call this regularly.
    pub fn keep_serving(&self) -> Result<(), StorageError> {
        match &self.0 {
            Engine::Sqlite(_) => Ok(()),
            Engine::Postgres(postgres) => postgres.keep_serving(),
        }
    }

    /// Keeps every issuer from serving the database. Fails with [`StorageError::InUse`] if one does. On `PostgreSQL` this takes two seconds,
    /// in which an issuer whose connections were ended opens others. An issuer that cannot reach the database meanwhile is not noticed.
    pub fn keep_from_serving(&self) -> Result<SoleUse, StorageError> {
        Ok(SoleUse(match &self.0 {
            Engine::Sqlite(sqlite) => Held::Sqlite(sqlite.take_sole_use()?),
            Engine::Postgres(postgres) => Held::Postgres(Box::new(postgres.take_sole_use()?)),
        }))
    }
}

impl fmt::Debug for SoleUse {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let held: &dyn fmt::Debug = match &self.0 {
            Held::Sqlite(lock) => lock,
            Held::Postgres(connection) => connection,
            Held::Shared => &"shared",
        };
        formatter.debug_tuple("SoleUse").field(held).finish()
    }
}
