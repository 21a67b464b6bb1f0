//! The errors of the database.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use thiserror::Error;

/// A failure of the database. Its message contains no value from the database.
#[derive(Debug, Error)]
pub enum StorageError {
    /// There is no database file.
    #[error("there is no database at `{}`: run `postern init` first, or give its place with --database", .path.display())]
    NoDatabase {
        /// The path that was tried.
        path: PathBuf,
    },
    /// The file cannot be created or read.
    #[error("cannot use the database file `{}`", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The path does not name the opened file any longer, so everything written to that file would be lost.
    #[error("the database at `{}` was removed or replaced while it was open", .path.display())]
    Gone {
        /// The path at which the file was opened.
        path: PathBuf,
    },
    /// The URL cannot be parsed. The message does not repeat it, because it may contain a password.
    #[error("the database's URL is not one of PostgreSQL, such as `postgres://user@host/database`")]
    Url(#[source] Cause),
    /// The certificates of the authorities that a PostgreSQL server is verified with cannot be used.
    #[error("cannot read the certificates that are to vouch for the database's server")]
    Certificates(#[source] Cause),
    /// A PostgreSQL database cannot be copied to a file by this crate.
    #[error("a PostgreSQL database is copied with its own tools: `pg_dump`, or what keeps your server's archive")]
    CopyUnsupported,
    /// The database has no tables.
    #[error("the database is empty: run `postern init` first")]
    Empty,
    /// The tables have an older version than this program.
    #[error("the database was made by an older version: start `postern serve` once, which brings it up to date")]
    Outdated,
    /// The tables have a newer version than this program.
    #[error("the database was made by a newer version of `postern`: use that version")]
    Newer,
    /// The database has tables of another program.
    #[error("the database belongs to another program: choose another one with --database")]
    Foreign,
    /// The migration of the tables failed.
    #[error("cannot bring the database up to date")]
    Migration(#[source] Cause),
    /// The database is locked, full, damaged, unreachable or unreadable.
    #[error("the database cannot be used")]
    Unavailable(#[source] Cause),
    /// A column holds a value that this program would not write.
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

/// The error of a database driver or of the operating system. Writers that shared a transaction share its error.
#[derive(Clone)]
pub struct Cause(Arc<dyn Error + Send + Sync>);

impl Cause {
    /// A cause with a message of our own.
    pub(super) fn message(message: &'static str) -> Self {
        Self(Arc::from(Box::<dyn Error + Send + Sync>::from(message)))
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
