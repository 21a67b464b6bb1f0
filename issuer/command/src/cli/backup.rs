//! `postern backup` and `postern recover`: a copy of the database, and what to do after it was restored.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;
use postern_configuration::Database;
use postern_model::{Actor, UserStoreName};
use postern_operations as operations;
use postern_storage::Storage;
use serde_json::{Map, Value, json};

use super::context::CommandContext;
use super::output;

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  postern backup --out postern-2026-03-01.db")]
pub(super) struct Backup {
    /// File to write, with mode 0600; it must not exist. A user store with its own SQLite database is copied to `FILE.STORE`
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct Recover {
    /// Confirm that every token that was issued before is revoked
    #[arg(long, required = true)]
    end_all_tokens: bool,
}

impl Backup {
    pub(super) fn run(&self, context: &CommandContext) -> anyhow::Result<()> {
        context.require_local()?;
        require_new(&self.out)?;
        let mut copied = Map::new();
        let stores = self.copy_stores(context)?;
        match context.location()?.file() {
            // For a server only the user stores in files are copied.
            None if !stores.is_empty() => {
                output::warn("the main database was not copied: back up its PostgreSQL database with `pg_dump`");
            }
            _ => {
                Storage::open(&context.location()?)?.copy_to(&self.out)?;
                copied.insert("copied".into(), json!(self.out));
            }
        }
        if !stores.is_empty() {
            copied.insert("user_stores".into(), Value::Object(stores));
        }
        context.printer.print(&copied)
    }

    /// Copies each user store that has its own SQLite database. Returns the name and the copy of each.
    fn copy_stores(&self, context: &CommandContext) -> anyhow::Result<Map<String, Value>> {
        let mut stores = Map::new();
        for store in &context.configuration.user_stores {
            match &store.database {
                None => {}
                Some(Database::Sqlite(file)) if !file.exists() => {
                    bail!("cannot copy the user store `{}`: its database `{}` does not exist", store.name, file.display())
                }
                Some(database @ Database::Sqlite(_)) => {
                    let out = beside(&self.out, &store.name);
                    require_new(&out)?;
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

impl Recover {
    pub(super) fn run(&self, context: &CommandContext) -> anyhow::Result<()> {
        context.require_local()?;
        debug_assert!(self.end_all_tokens, "the flag is required");
        let instance = context.instance_with_keys()?;
        // A running issuer would continue to use the status lists and the signing keys that it has loaded.
        let _alone = instance.storage().keep_from_serving()?;
        let recovery = operations::recover(&instance.act(Actor::Operator))?;
        context.printer.print(
            &json!({ "kid": recovery.kid, "sandbox_kid": recovery.sandbox_kid, "epoch": recovery.epoch, "retired": recovery.retired, "revoked": recovery.revoked.count }),
        )
    }
}

/// Refuses a file that exists: it may be the only good copy. The copy itself refuses it too, in case it is created in between.
fn require_new(out: &Path) -> anyhow::Result<()> {
    if out.exists() {
        bail!("the file `{}` exists: choose a new file for the copy with --out", out.display());
    }
    Ok(())
}

/// The copy of a user store: `FILE.STORE`.
fn beside(out: &Path, store: &UserStoreName) -> PathBuf {
    let mut name = OsString::from(out);
    name.push(format!(".{store}"));
    name.into()
}
