//! The lock of the process that serves a database file.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use crate::StorageError;

/// The lock on a file beside the database. The system releases it when the process ends, even after a crash.
///
/// It is not on the database itself: closing any handle of that file would release the locks of `SQLite`.
#[derive(Debug)]
pub(crate) struct SoleUse(#[allow(dead_code, reason = "held until it is dropped")] File);

impl SoleUse {
    /// Takes the lock, or fails with [`StorageError::InUse`] if another process has it.
    pub(super) fn take(database: &Path) -> Result<Self, StorageError> {
        let path = lock_file(database);
        let failed = |source| StorageError::File { path: path.clone(), source };
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                // The process id is only information; the lock decides.
                let _ = file.take(20).read_to_string(&mut text);
                return Err(StorageError::InUse { database: database.display().to_string(), process: text.trim().parse().ok() });
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        let noted = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| writeln!(file, "{}", std::process::id()));
        noted.map_err(failed)?;
        Ok(Self(file))
    }
}

/// `postern.db.lock` for `postern.db`, beside the file itself where the path is a link.
fn lock_file(database: &Path) -> PathBuf {
    let mut name = fs::canonicalize(database).unwrap_or_else(|_| database.to_owned()).into_os_string();
    name.push(".lock");
    name.into()
}
