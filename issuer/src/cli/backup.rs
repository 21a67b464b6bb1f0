//! `postern backup`

use std::path::PathBuf;

use clap::Args;
use postern_issuer::storage::Storage;
use serde_json::json;

use super::{Common, output};

#[derive(Debug, Args)]
pub(super) struct Backup {
    /// The file to write, which must not exist yet; it is readable by its owner alone
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

impl Backup {
    pub(super) fn run(&self, common: &Common) -> anyhow::Result<()> {
        common.only_on_the_database()?;
        Storage::open(&common.location()?)?.copy_to(&self.out)?;
        output::print(&json!({ "copied": self.out }))
    }
}
