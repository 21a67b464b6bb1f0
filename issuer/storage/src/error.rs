//! Why the database did not do what it was asked.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use thiserror::Error;

/// A failure of the database. It holds no value out of the database.
#[derive(Debug, Error)]
pub enum StorageError {
    /// There is no database file.
    #[error("there is no database at `{}`: run `postern init` first, or give its place with --database", .path.display())]
    NoDatabase {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The file cannot be created or looked at.
    #[error("cannot use the database file `{}`", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file that was opened no longer stands at its path, so what is written to it would be lost.
    #[error("the database at `{}` was removed or replaced while it was open", .path.display())]
    Gone {
        /// Where it was.
        path: PathBuf,
    },
    /// The database's URL cannot be used. It may hold a password, so it is not repeated.
    #[error("the database's URL is not one of PostgreSQL, such as `postgres://user@host/database`")]
    Url(#[source] Cause),
    /// What is to vouch for a PostgreSQL server cannot be used.
    #[error("cannot read the certificates that are to vouch for the database's server")]
    Certificates(#[source] Cause),
    /// Copies of it are made by other means.
    #[error("a PostgreSQL database is copied with its own tools: `pg_dump`, or what keeps your server's archive")]
    CopiedElsewhere,
    /// The tables are not there.
    #[error("the database is empty: run `postern init` first")]
    Empty,
    /// Its tables are older than this program.
    #[error("the database was made by an older version: start `postern serve` once, which brings it up to date")]
    Outdated,
    /// Its tables are newer than this program.
    #[error("the database was made by a newer version of `postern`: use that version")]
    Newer,
    /// Its tables are another program's.
    #[error("the database belongs to another program: choose another one with --database")]
    Foreign,
    /// Bringing the tables up to date failed.
    #[error("cannot bring the database up to date")]
    Migration(#[source] Cause),
    /// The database is locked, full, damaged, unreachable or unreadable.
    #[error("the database cannot be used")]
    Unavailable(#[source] Cause),
    /// A value is not what this program writes.
    #[error("the database holds a value in `{table}.{column}` that this version does not understand")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
    },
}

impl From<Cause> for StorageError {
    fn from(cause: Cause) -> Self {
        Self::Unavailable(cause)
    }
}

/// What a database said. Several who wrote together share it.
#[derive(Clone)]
pub struct Cause(Arc<dyn Error + Send + Sync>);

impl Cause {
    /// A cause in words.
    pub(super) fn words(words: &'static str) -> Self {
        Self(Arc::from(Box::<dyn Error + Send + Sync>::from(words)))
    }
}

impl From<rusqlite::Error> for Cause {
    fn from(error: rusqlite::Error) -> Self {
        Self(Arc::new(error))
    }
}

impl From<postgres::Error> for Cause {
    fn from(error: postgres::Error) -> Self {
        Self(Arc::new(error))
    }
}

impl From<rusqlite_migration::Error> for Cause {
    fn from(error: rusqlite_migration::Error) -> Self {
        Self(Arc::new(error))
    }
}

impl From<io::Error> for Cause {
    fn from(error: io::Error) -> Self {
        Self(Arc::new(error))
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl Error for Cause {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}
