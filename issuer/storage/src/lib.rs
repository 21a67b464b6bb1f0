//! The issuer's database: `SQLite` in one file, or `PostgreSQL`. The only crate with SQL; it knows no HTTP.

#![forbid(unsafe_code)]

mod api_documents;
mod apis;
mod applications;
mod audit;
mod audit_profiles;
mod branding;
mod bundle_keys;
mod columns;
mod connection;
mod consumer_secrets;
mod device_codes;
mod dialect;
mod edge_contacts;
mod edge_keys;
mod error;
mod events;
mod guesses;
mod idempotency;
mod key_sets;
mod location;
mod many;
mod member_requests;
mod members;
mod postgres;
mod registration_tokens;
mod revision;
mod row;
mod scopes;
mod sealing_keys;
mod settings;
mod signing_keys;
mod sole_use;
mod sqlite;
mod status_lists;
mod subscriptions;
mod teams;
mod tiers;
mod token_batch;
mod token_profiles;
mod tokens;
mod transaction;
mod usage;
mod used_sign_ins;
mod users;
mod value;
mod watch;
mod write_probe;

pub use audit::AuditFilter;
pub use bundle_keys::SealedBundleKey;
pub use edge_contacts::EdgeCounts;
pub use error::{Cause, StorageError};
pub use events::{EventFilter, event_hour};
pub use guesses::GuessCount;
pub use idempotency::StoredResponse;
pub use location::{Location, Server};
pub use revision::{CatalogueRevision, MintingState};
pub use sealing_keys::SEALING_KEYS;
pub use signing_keys::SealedSigningKey;
pub use sole_use::SoleUse;
pub use tokens::{Combination, LiveTokens, TokenNumber, TokenSelector};
pub use transaction::Transaction;
pub use usage::{UsageCursor, UsageSelector};
pub use users::{GrantSelector, NewRefreshToken, SealedSecondFactor, UserTables, UserTokenSelector};
pub use watch::RevisionWatch;

use std::path::Path;
use std::sync::Arc;

use postgres::Postgres;
use sqlite::Sqlite;
use transaction::run;

/// A handle on a database. Each closure that it runs is one transaction.
#[derive(Debug)]
pub struct Storage(Engine);

#[derive(Debug)]
enum Engine {
    Sqlite(Box<Sqlite>),
    Postgres(Arc<Postgres>),
}

impl Storage {
    /// Creates the tables, or migrates existing tables to this version. A new file has mode 0600. Fails with
    /// [`StorageError::Newer`] or [`StorageError::Foreign`] if the existing tables are not the issuer's.
    pub fn create(location: &Location) -> Result<Self, StorageError> {
        match location {
            Location::File(path) => Sqlite::create(path).map(Box::new).map(Engine::Sqlite).map(Self),
            Location::Server(server) => Postgres::create(server).map(Arc::new).map(Engine::Postgres).map(Self),
        }
    }

    /// Opens an existing database and migrates its tables to this version. Fails if there is none.
    pub fn open_and_migrate(location: &Location) -> Result<Self, StorageError> {
        match location {
            Location::File(path) => Sqlite::open_and_migrate(path).map(Box::new).map(Engine::Sqlite).map(Self),
            Location::Server(server) => Postgres::open_and_migrate(server).map(Arc::new).map(Engine::Postgres).map(Self),
        }
    }

    /// Opens an existing database. Fails if its tables do not have this version.
    pub fn open(location: &Location) -> Result<Self, StorageError> {
        match location {
            Location::File(path) => Sqlite::open(path).map(Box::new).map(Engine::Sqlite).map(Self),
            Location::Server(server) => Postgres::open(server).map(Arc::new).map(Engine::Postgres).map(Self),
        }
    }

    /// Opens or creates a database for user stores alone. Fails with [`StorageError::Foreign`] if it has other tables.
    pub fn open_for_users(location: &Location) -> Result<Self, StorageError> {
        match location {
            Location::File(path) => Sqlite::open_for_users(path).map(Box::new).map(Engine::Sqlite).map(Self),
            Location::Server(server) => Postgres::open_for_users(server).map(Arc::new).map(Engine::Postgres).map(Self),
        }
    }

    /// Runs `work` as one read-only transaction, on a snapshot of the database.
    pub fn read<T, E: From<StorageError>>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T, E>) -> Result<T, E> {
        run(work, &|work| match &self.0 {
            Engine::Sqlite(sqlite) => sqlite.read(work),
            Engine::Postgres(postgres) => postgres.read(work),
        })
    }

    /// Runs `work` as one transaction, while no other transaction writes. Commits if `work` succeeds, and returns when the commit
    /// is on the disk. Rolls back if `work` fails.
    pub fn write<T, E: From<StorageError>>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T, E>) -> Result<T, E> {
        run(work, &|work| match &self.0 {
            Engine::Sqlite(sqlite) => sqlite.write(work),
            Engine::Postgres(postgres) => postgres.write(postgres::WriteLock::Exclusive, work),
        })
    }

    /// Runs `work` as [`Self::write`] does, but on `PostgreSQL` at the same time as other concurrent writers. It never runs at
    /// the same time as [`Self::write`]. `work` must lock an application ([`Transaction::lock_application`]) before it reads it,
    /// so that only one transaction at a time changes the application.
    pub fn write_concurrent<T, E: From<StorageError>>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        run(work, &|work| match &self.0 {
            Engine::Sqlite(sqlite) => sqlite.write(work),
            Engine::Postgres(postgres) => postgres.write(postgres::WriteLock::Shared, work),
        })
    }

    /// Waits until every transaction that writes now has ended, without keeping others from writing; `false` if that takes too long. What was
    /// committed before is then all that these transactions will ever commit.
    pub fn wait_for_writers(&self) -> Result<bool, StorageError> {
        match &self.0 {
            // Only one transaction writes at a time.
            Engine::Sqlite(_) => Ok(true),
            Engine::Postgres(postgres) => postgres.wait_for_writers(),
        }
    }

    /// How many transactions may write at once, so that readers still find a connection; at least 1.
    pub fn writers(&self) -> usize {
        /// Enough writers to share the cost of a commit, and few enough to leave threads to readers.
        const MAX_WRITERS: usize = 32;
        match &self.0 {
            Engine::Sqlite(_) => MAX_WRITERS,
            Engine::Postgres(postgres) => {
                let connections = postgres.connections();
                connections.saturating_sub((connections / 4).max(2)).clamp(1, MAX_WRITERS)
            }
        }
    }

    /// Copies an `SQLite` database to a new file with mode 0600. Fails if `path` exists, and with
    /// [`StorageError::CopyUnsupported`] for `PostgreSQL`. The copy is one snapshot; other transactions may write meanwhile.
    pub fn copy_to(&self, path: &Path) -> Result<(), StorageError> {
        match &self.0 {
            Engine::Sqlite(sqlite) => sqlite.copy_to(path),
            Engine::Postgres(_) => Err(StorageError::CopyUnsupported),
        }
    }

    /// A new watch, whose first poll returns the current revision.
    pub fn watch(&self) -> Result<RevisionWatch, StorageError> {
        RevisionWatch::new(self)
    }
}
