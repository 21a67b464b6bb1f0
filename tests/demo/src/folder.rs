//! The folder of the files of a running demo: keys, tokens, configurations and logs.

use std::fs::Permissions;
use std::io;
use std::os::unix::fs::PermissionsExt as _;

use tempfile::TempDir;

/// A temporary folder that only its owner can enter. It is deleted with its handle.
pub fn private() -> io::Result<TempDir> {
    tempfile::Builder::new().prefix("postern-").permissions(Permissions::from_mode(0o700)).tempdir()
}
