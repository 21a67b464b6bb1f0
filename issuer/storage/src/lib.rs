//! The database: `SQLite` in one file, or `PostgreSQL`. Everything that knows SQL is here, and nothing here knows HTTP.

#![forbid(unsafe_code)]

mod apis;
mod applications;
mod audit;
mod bundle_keys;
mod columns;
mod connection;
mod consumer_secrets;
mod device_codes;
mod edge_keys;
mod error;
mod idempotency;
mod key_sets;
mod location;
mod members;
mod postgres;
mod registration_tokens;
mod revision;
mod row;
mod settings;
mod signing_keys;
mod sqlite;
mod status_lists;
mod subscriptions;
mod tiers;
mod tokens;
mod transaction;
mod users;
mod value;
mod watch;

pub use audit::AuditFilter;
pub use bundle_keys::SealedBundleKey;
pub use error::{Cause, StorageError};
pub use idempotency::StoredResponse;
pub use location::{Location, Server};
pub use signing_keys::SealedSigningKey;
pub use tokens::{LiveTokens, TokenSelector};
pub use transaction::Transaction;
pub use users::{GrantSelector, UserTables, UserTokenSelector};
pub use watch::RevisionWatch;

use std::path::Path;
use std::sync::Arc;

use postgres::Postgres;
use sqlite::Sqlite;

/// A handle on the database, which runs one closure as one transaction.
#[derive(Debug)]
pub struct Storage(Engine);

#[derive(Debug)]
enum Engine {
    Sqlite(Box<Sqlite>),
    Postgres(Arc<Postgres>),
}

impl Storage {
    /// Makes the tables at a place where there are none, or brings the ones that are there up to this version. A new file is
    /// readable by its owner alone.
    pub fn create(location: &Location) -> Result<Self, StorageError> {
        match location {
            Location::File(path) => Sqlite::create(path).map(Box::new).map(Engine::Sqlite).map(Self),
            Location::Server(server) => Postgres::create(server).map(Arc::new).map(Engine::Postgres).map(Self),
        }
    }

    /// Opens the database and brings its tables up to this version.
    pub fn open_and_migrate(location: &Location) -> Result<Self, StorageError> {
        match location {
            Location::File(path) => Sqlite::open_and_migrate(path).map(Box::new).map(Engine::Sqlite).map(Self),
            Location::Server(server) => Postgres::open_and_migrate(server).map(Arc::new).map(Engine::Postgres).map(Self),
        }
    }

    /// Opens the database, whose tables must already be the ones of this version.
    pub fn open(location: &Location) -> Result<Self, StorageError> {
        match location {
            Location::File(path) => Sqlite::open(path).map(Box::new).map(Engine::Sqlite).map(Self),
            Location::Server(server) => Postgres::open(server).map(Arc::new).map(Engine::Postgres).map(Self),
        }
    }

    /// Opens a database that is to hold user stores and nothing else, or makes it.
    pub fn open_for_users(location: &Location) -> Result<Self, StorageError> {
        match location {
            Location::File(path) => Sqlite::open_for_users(path).map(Box::new).map(Engine::Sqlite).map(Self),
            Location::Server(server) => Postgres::open_for_users(server).map(Arc::new).map(Engine::Postgres).map(Self),
        }
    }

    /// Runs `work` as one transaction that sees one state of the database and cannot change it.
    pub fn read<T, E: From<StorageError>>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T, E>) -> Result<T, E> {
        match &self.0 {
            Engine::Sqlite(sqlite) => sqlite.read(work),
            Engine::Postgres(postgres) => postgres.read(work),
        }
    }

    /// Runs `work` as one transaction beside which no other one writes. Nothing of it lasts unless `work` succeeds and everything
    /// is on the disk.
    pub fn write<T, E: From<StorageError>>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T, E>) -> Result<T, E> {
        match &self.0 {
            Engine::Sqlite(sqlite) => sqlite.write(work),
            Engine::Postgres(postgres) => postgres.write(postgres::Company::Alone, work),
        }
    }

    /// The same for work that may go on beside other work of this kind, though not beside [`Self::write`]. Before it looks at an
    /// application it locks it ([`Transaction::lock_application`]), so that whatever one application has is changed by one alone.
    pub fn write_concurrent<T, E: From<StorageError>>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        match &self.0 {
            Engine::Sqlite(sqlite) => sqlite.write(work),
            Engine::Postgres(postgres) => postgres.write(postgres::Company::Others, work),
        }
    }

    /// How many may write at once without keeping those who read from their connections.
    pub fn writers(&self) -> usize {
        /// They share what a commit costs, and leave threads to those who read.
        const MOST: usize = 32;
        match &self.0 {
            Engine::Sqlite(_) => MOST,
            Engine::Postgres(postgres) => {
                let connections = postgres.connections();
                connections.saturating_sub((connections / 4).max(2)).clamp(1, MOST)
            }
        }
    }

    /// Writes a copy of a database in a file to another file, which must not exist yet and is readable by its owner alone. Others may
    /// write meanwhile; the copy is of one moment.
    pub fn copy_to(&self, path: &Path) -> Result<(), StorageError> {
        match &self.0 {
            Engine::Sqlite(sqlite) => sqlite.copy_to(path),
            Engine::Postgres(_) => Err(StorageError::CopiedElsewhere),
        }
    }

    /// A new watch, which has seen nothing yet.
    pub fn watch(&self) -> Result<RevisionWatch, StorageError> {
        RevisionWatch::new(self)
    }
}
