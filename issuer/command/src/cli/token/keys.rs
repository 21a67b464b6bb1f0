//! `postern token keys`

use clap::{Args, Subcommand};

use crate::cli::arguments::{Changes, ClientSettings, KeySet, Limits, Unlimited};
use crate::cli::management::{Call, Management};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum KeysCommand {
    /// Show an application's keys, without any secret
    Show(KeySet),
    /// Change what tokens of these keys may do from now on; tokens that are there keep what they hold
    Change(Change),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Change {
    #[command(flatten)]
    keys: KeySet,
    #[command(flatten)]
    limits: Limits,
    #[command(flatten)]
    unlimited: Unlimited,
    #[command(flatten)]
    client: ClientSettings,
    /// Let the client ask for nothing
    #[arg(long, conflicts_with = "grant_types")]
    no_grant_type: bool,
    /// Let users be sent back nowhere
    #[arg(long, conflicts_with = "redirect_uris")]
    no_redirect_uri: bool,
    /// Let tokens of its users last as long as the application's do
    #[arg(long, conflicts_with = "user_validity")]
    no_user_validity: bool,
}

impl KeysCommand {
    pub(super) fn run(self, management: &Management) -> anyhow::Result<()> {
        match self {
            Self::Show(keys) => management.print(&Call::get(&keys.path())),
            Self::Change(command) => command.run(management),
        }
    }
}

impl Change {
    fn run(self, management: &Management) -> anyhow::Result<()> {
        let mut changes = Changes::default();
        self.limits.write(&mut changes)?;
        self.unlimited.write(&mut changes);
        self.client.write(&mut changes);
        changes.set("grant_types", self.no_grant_type.then_some([""; 0]));
        changes.set("redirect_uris", self.no_redirect_uri.then_some([""; 0]));
        changes.set_or_clear("user_validity", None::<i64>, self.no_user_validity);
        management.print(&Call::patch(&self.keys.path()).json(&changes.into_body()))
    }
}
