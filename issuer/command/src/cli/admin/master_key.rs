//! `postern admin master-key`

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use postern_model::Actor;
use postern_operations::{self as operations, Keyring};
use postern_secrets::SystemEntropy;
use serde_json::json;

use crate::cli::context::CommandContext;
use crate::cli::master_key_file;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum MasterKeyCommand {
    #[command(
        about = "Encrypt all secrets in the database with a new master key",
        long_about = "\
Encrypt all secrets in the database with a new master key, in one transaction.

The new master key is the configured one: --master-key-file, POSTERN_MASTER_KEY_FILE or POSTERN_MASTER_KEY. If the file does not exist, it is created.

Stop every server first: a running server keeps the signing keys that it has decrypted, cannot decrypt others, and then answers 500. Start the servers with the new master key. Then destroy the old master key; as long as you keep a backup that was made before, keep the old master key too, apart from the backup."
    )]
    Change(MasterKeyChange),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct MasterKeyChange {
    #[arg(long, value_name = "FILE", help = "File with the old master key [env: POSTERN_PREVIOUS_MASTER_KEY_FILE]")]
    previous_master_key_file: Option<PathBuf>,
}

impl MasterKeyCommand {
    pub(super) fn run(&self, context: &CommandContext) -> anyhow::Result<()> {
        let Self::Change(MasterKeyChange { previous_master_key_file }) = self;
        context.require_local()?;
        let configured = context.configuration.previous_master_key_file.as_deref();
        let previous = previous_master_key_file.as_deref().or(configured).context(
            "the old master key is missing: name its file with --previous-master-key-file or `previous_master_key_file`",
        )?;
        let old = master_key_file::read(previous)?;
        let instance = context.instance(Keyring::new(old))?;
        let act = instance.act(Actor::Operator);
        // First, so that no new master key is created if the old one is wrong.
        operations::check_master_key(&act)?;
        let source = context.configuration.master_key.as_ref();
        let new = master_key_file::load_or_create(source, &SystemEntropy)?;
        if is_the_same(previous, &new)? {
            bail!(
                "the new master key is the same as the old one: name another file with --master-key-file; it is created if it does not exist"
            );
        }
        let keys = operations::change_master_key(&act, &new)?;
        context.printer.print(&json!({ "signing_keys": keys }))
    }
}

fn is_the_same(previous: &Path, new: &postern_secrets::MasterKey) -> anyhow::Result<bool> {
    Ok(*master_key_file::read(previous)?.encode() == *new.encode())
}
