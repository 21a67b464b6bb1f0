//! `postern token keys`: the key sets of an application. Signing keys are in `postern admin signing-key`.

use clap::{Args, Subcommand};

use crate::cli::arguments::{BodyFields, ClientSettings, LiftedRestrictions, TokenRestrictions};
use crate::cli::management::{Call, Management};
use crate::cli::references::ClientKeysArguments;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ClientKeysCommand {
    /// Show a key set, without secrets
    Show(ClientKeysArguments),
    /// Change the restrictions of new tokens and the client's settings; existing tokens do not change
    Change(ClientKeysChange),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ClientKeysChange {
    #[command(flatten)]
    keys: ClientKeysArguments,
    #[command(flatten)]
    limits: TokenRestrictions,
    #[command(flatten)]
    unlimited: LiftedRestrictions,
    #[command(flatten)]
    client: ClientSettings,
    /// Remove all grant types
    #[arg(long, conflicts_with = "grant_types")]
    no_grant_type: bool,
    /// Remove all redirect URIs
    #[arg(long, conflicts_with = "redirect_uris")]
    no_redirect_uri: bool,
    /// Use the application's validity of user tokens
    #[arg(long, conflicts_with = "user_validity")]
    no_user_validity: bool,
}

impl ClientKeysCommand {
    pub(super) fn run(self, management: &Management) -> anyhow::Result<()> {
        match self {
            Self::Show(keys) => management.print(&Call::get(&keys.resolve(management)?.path())),
            Self::Change(command) => command.run(management),
        }
    }
}

impl ClientKeysChange {
    fn run(self, management: &Management) -> anyhow::Result<()> {
        let mut changes = BodyFields::default();
        self.limits.write(&mut changes)?;
        self.unlimited.write(&mut changes);
        self.client.write(&mut changes);
        changes.set("grant_types", self.no_grant_type.then_some([""; 0]));
        changes.set("redirect_uris", self.no_redirect_uri.then_some([""; 0]));
        changes.set_or_clear("user_validity", None::<i64>, self.no_user_validity);
        let (keys, body) = (self.keys.resolve(management)?, changes.into_body());
        let path = keys.path();
        // A scope that needs approval, and that an administrator adds, is approved only with the version of the key set.
        let seen = if body.get("scope").is_some() { management.send(&Call::get(&path))?.tag } else { None };
        management.print_with_warnings(&Call::patch(&path).json(&body).if_match(seen))
    }
}
