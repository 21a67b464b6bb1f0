//! Why the database did not do what it was asked.

use std::io;
use std::path::PathBuf;

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
    /// Its tables are older than this program.
    #[error("the database was made by an older version: start `postern serve` once, which brings it up to date")]
    Outdated,
    /// Its tables are newer than this program.
    #[error("the database was made by a newer version of `postern`: use that version")]
    Newer,
    /// Its tables are another program's.
    #[error("the database belongs to another program: choose another file with --database")]
    Foreign,
    /// Bringing the tables up to date failed.
    #[error("cannot bring the database up to date")]
    Migration(#[from] rusqlite_migration::Error),
    /// The database is locked, full, damaged or unreadable.
    #[error("the database cannot be used")]
    Unavailable(#[from] rusqlite::Error),
    /// A value is not what this program writes.
    #[error("the database holds a value in `{table}.{column}` that this version does not understand")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
    },
}
