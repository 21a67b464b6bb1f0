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
    #[error("the database `{}` does not exist", .path.display())]
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
    /// The path no longer names the opened file, so everything written to that file would be lost.
    #[error("the database `{}` was removed or replaced while it was open", .path.display())]
    Gone {
        /// The path at which the file was opened.
        path: PathBuf,
    },
    /// An issuer serves the database, but no other issuer may serve it at the same time.
    #[error("an issuer {}serves the database `{database}`", .process.map(|id| format!("with the process id {id} ")).unwrap_or_default())]
    InUse {
        /// The path of the file, or the name of the database.
        database: String,
        /// The id of the other process, if it is known.
        process: Option<u32>,
    },
    /// The URL cannot be parsed. The message does not repeat it, because it may contain a password.
    #[error("the URL of the database is not a PostgreSQL URL such as `postgres://user@host/database`")]
    Url(#[source] Cause),
    /// The certificates of the authorities that a PostgreSQL server is verified with cannot be used.
    #[error("cannot use the root certificates for the database server")]
    Certificates(#[source] Cause),
    /// A PostgreSQL database cannot be copied to a file by this crate.
    #[error("a PostgreSQL database cannot be copied to a file")]
    CopyUnsupported,
    /// The database has no tables.
    #[error("the database is empty")]
    Empty,
    /// The tables have an older version than this program.
    #[error("the tables of the database have an older version than this program")]
    Outdated,
    /// The tables have a newer version than this program.
    #[error("the tables of the database have a newer version than this program")]
    Newer,
    /// The database has tables of another program.
    #[error("the database belongs to another program")]
    Foreign,
    /// The migration of the tables failed.
    #[error("cannot migrate the database")]
    Migration(#[source] Cause),
    /// The database is locked, full, damaged, unreachable or unreadable.
    #[error("the database cannot be used")]
    Unavailable(#[source] Cause),
    /// A column holds a value that this program would not write.
    #[error("the column `{table}.{column}` of the database holds an invalid value")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
    },
}

impl StorageError {
    /// The same failure for another caller, whose work was in the same transaction.
    #[must_use]
    pub fn shared(&self) -> Self {
        match self {
            Self::Unavailable(cause) => Self::Unavailable(cause.clone()),
            Self::Gone { path } => Self::Gone { path: path.clone() },
            Self::Corrupt { table, column } => Self::Corrupt { table, column },
            _ => Self::failed(),
        }
    }

    /// The failure of a transaction for which no cause is known.
    pub fn failed() -> Self {
        Cause::message("the transaction failed").into()
    }
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

impl Cause {
    /// Whether a database server asks for a password and none is configured.
    pub fn is_missing_password(&self) -> bool {
        // The driver has no kind for this error, only its words.
        let driver = self.0.downcast_ref::<postgres::Error>();
        driver.and_then(Error::source).is_some_and(|cause| cause.to_string() == "password missing")
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
