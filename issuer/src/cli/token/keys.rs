//! `postern token keys`

use clap::{Args, Subcommand};
use postern_issuer::catalogue::{GrantType, RedirectUri};

use crate::cli::arguments::{Changes, KeySet, Limits, Unlimited};
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
    /// What the client may ask for, such as `client_credentials`; give it again for more
    #[arg(long = "grant-type", value_name = "GRANT")]
    grant_types: Vec<GrantType>,
    /// Let the client ask for nothing
    #[arg(long, conflicts_with = "grant_types")]
    no_grant_type: bool,
    /// Where users may be sent back to; give it again for more
    #[arg(long = "redirect-uri", value_name = "URI")]
    redirect_uris: Vec<RedirectUri>,
    /// Let users be sent back nowhere
    #[arg(long, conflicts_with = "redirect_uris")]
    no_redirect_uri: bool,
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
        changes.set_list("grant_types", self.grant_types.iter().copied().map(GrantType::as_str));
        changes.set_list("redirect_uris", self.redirect_uris.iter().map(RedirectUri::as_str));
        changes.set("grant_types", self.no_grant_type.then_some([""; 0]));
        changes.set("redirect_uris", self.no_redirect_uri.then_some([""; 0]));
        management.print(&Call::patch(&self.keys.path()).json(&changes.into_body()))
    }
}
