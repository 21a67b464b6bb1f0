//! `postern backup`

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;
use postern_configuration::Database;
use postern_model::UserStoreName;
use postern_storage::{Storage, StorageError};
use serde_json::{Map, Value, json};

use super::{Common, output};

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  postern backup --out postern-2026-03-01.db")]
pub(super) struct Backup {
    /// File to write, with mode 0600; it must not exist. A user store with its own SQLite database is copied to `FILE.STORE`
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

impl Backup {
    pub(super) fn run(&self, common: &Common) -> anyhow::Result<()> {
        common.only_on_the_database()?;
        let mut copied = Map::new();
        let stores = self.copy_stores(common)?;
        match common.location()?.file() {
            // What it says is that a server has tools of its own for it.
            None if !stores.is_empty() => output::warn(&StorageError::CopiedElsewhere.to_string()),
            _ => {
                Storage::open(&common.location()?)?.copy_to(&self.out)?;
                copied.insert("copied".into(), json!(self.out));
            }
        }
        if !stores.is_empty() {
            copied.insert("user_stores".into(), Value::Object(stores));
        }
        output::print(&copied)
    }

    /// Copies the user stores that have files of their own, and says which.
    fn copy_stores(&self, common: &Common) -> anyhow::Result<Map<String, Value>> {
        let mut stores = Map::new();
        for store in &common.configuration.user_stores {
            match &store.database {
                None => {}
                Some(Database::Sqlite(file)) if !file.exists() => {
                    bail!("cannot copy the user store `{}`: its database `{}` does not exist", store.name, file.display())
                }
                Some(database @ Database::Sqlite(_)) => {
                    let out = beside(&self.out, &store.name);
                    Storage::open_for_users(&database.location()?)?.copy_to(&out)?;
                    stores.insert(store.name.to_string(), json!(out));
                }
                Some(Database::Postgres(_)) => output::warn(&format!(
                    "the user store `{}` was not copied: back up its PostgreSQL database with `pg_dump`",
                    store.name
                )),
            }
        }
        Ok(stores)
    }
}

fn beside(out: &Path, store: &UserStoreName) -> PathBuf {
    let mut name = OsString::from(out);
    name.push(format!(".{store}"));
    name.into()
}
