//! The files in which the configuration found a secret.

use std::path::PathBuf;

/// A file that holds a secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SecretFile {
    /// What kind of file it is, as a noun.
    pub what: &'static str,
    /// Its path.
    pub path: PathBuf,
}
