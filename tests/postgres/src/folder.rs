//! The folder with all files of one server.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, chown};
use std::path::{Path, PathBuf};

use crate::account::{Account, nobody};
use crate::random;

/// A new folder that the server's account owns, and that the server's supervisor removes.
#[derive(Debug)]
pub(crate) struct Folder {
    pub(crate) path: PathBuf,
    /// The owner, if that is not the account of this process.
    pub(crate) account: Option<Account>,
}

impl Folder {
    /// Creates one in the folder `parent`.
    pub(crate) fn new(parent: &Path) -> io::Result<Self> {
        let path = parent.join(format!("postern-postgres-{}", random::hexadecimal()));
        DirBuilder::new().mode(0o700).create(&path)?;
        // The owner of a new folder is the account of this process.
        let account = (fs::metadata(&path)?.uid() == 0).then(nobody);
        let folder = Self { path, account };
        folder.give(&folder.path)?;
        Ok(folder)
    }

    /// Writes a file for the server's account.
    pub(crate) fn write(&self, name: &str, contents: &str) -> io::Result<PathBuf> {
        let path = self.path.join(name);
        fs::write(&path, contents)?;
        self.give(&path)?;
        Ok(path)
    }

    /// Copies `from`, a file or a folder with its content, to the relative path `to` in this folder.
    pub(crate) fn copy(&self, from: &Path, to: &Path) -> io::Result<()> {
        let target = self.path.join(to);
        if !from.is_dir() {
            fs::copy(from, &target)?;
            return self.give(&target);
        }
        self.create(to)?;
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            self.copy(&entry.path(), &to.join(entry.file_name()))?;
        }
        Ok(())
    }

    /// Creates the folder `name` in this folder, with its parents.
    pub(crate) fn create(&self, name: &Path) -> io::Result<()> {
        let mut path = self.path.clone();
        for component in name.components() {
            path.push(component);
            if !path.exists() {
                fs::create_dir(&path)?;
                self.give(&path)?;
            }
        }
        Ok(())
    }

    fn give(&self, path: &Path) -> io::Result<()> {
        match self.account {
            Some(Account { user, group }) => chown(path, Some(user), Some(group)),
            None => Ok(()),
        }
    }
}
