//! Files that only their owner can read: each may hold an edge key, a private key or a token.

use std::fs::{File, OpenOptions, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use anyhow::{Context as _, Result};

/// Creates or empties `file`, with mode 0600 in both cases.
pub fn create(file: &Path) -> Result<File> {
    let failed = || format!("cannot create `{}`", file.display());
    let opened = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(file).with_context(failed)?;
    opened.set_permissions(Permissions::from_mode(0o600)).with_context(failed)?;
    Ok(opened)
}

/// Writes `text` to `file`, with mode 0600.
pub fn write(file: &Path, text: &str) -> Result<()> {
    create(file)?.write_all(text.as_bytes()).with_context(|| format!("cannot write `{}`", file.display()))
}
