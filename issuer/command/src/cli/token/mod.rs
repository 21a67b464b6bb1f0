//! `postern token`

mod keys;
mod secret;

use anyhow::bail;
use clap::{ArgGroup, Args, Subcommand};
use postern_model::{ApplicationId, TokenId, UserStoreName};
use serde_json::{Value, json};

use super::arguments::{Changes, ClientSettings, KeySet, Limits, Unlimited};
use super::management::{Call, Management};
use super::{Common, output};

#[derive(Debug, Subcommand)]
pub(super) enum Token {
    /// Give an application its keys of one type and its first token; the secret is shown this once
    Generate(Generate),
    /// Mint a new token in the place of the one that was generated; what is not given stays as it is
    Regenerate(Regenerate),
    /// List what is known of an application's tokens
    List(List),
    /// Take a token back, or all of an application's
    Revoke(Revoke),
    /// An application's keys of one type, and what their tokens may do
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// The secrets of an application's keys; two may count at once, so that one can be changed without an outage
    #[command(subcommand)]
    Secret(secret::SecretCommand),
}

#[derive(Debug, Args)]
pub(super) struct Generate {
    #[command(flatten)]
    keys: KeySet,
    #[command(flatten)]
    limits: Limits,
    #[command(flatten)]
    client: ClientSettings,
}

#[derive(Debug, Args)]
pub(super) struct Regenerate {
    #[command(flatten)]
    keys: KeySet,
    #[command(flatten)]
    limits: Limits,
    #[command(flatten)]
    unlimited: Unlimited,
    /// Make a new consumer secret too, shown this once; the ones before it are refused from now on
    #[arg(long)]
    new_secret: bool,
}

#[derive(Debug, Args)]
pub(super) struct List {
    /// The application's id
    #[arg(long, value_name = "ID")]
    application: ApplicationId,
    /// The tokens that it got for users of this user store, instead of its own
    #[arg(long, value_name = "STORE")]
    users_of: Option<UserStoreName>,
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("which").required(true)))]
pub(super) struct Revoke {
    /// The token's id, its `jti` in `postern token list`
    #[arg(group = "which")]
    id: Option<String>,
    /// Take back every live token of the application
    #[arg(long, group = "which", requires = "application")]
    all: bool,
    /// The application's id
    #[arg(long, value_name = "ID", requires = "all", conflicts_with = "id")]
    application: Option<ApplicationId>,
}

impl Token {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        match self {
            Self::Generate(command) => {
                // What is wrong is said before the key is asked for.
                let call = command.call()?;
                common.management_with_keys()?.print(&call)
            }
            Self::Regenerate(command) => {
                let call = command.call()?;
                common.management_with_keys()?.print(&call)
            }
            Self::List(command) => command.run(&common.management()?),
            Self::Revoke(command) => command.run(&common.management()?),
            Self::Keys(command) => command.run(&common.management()?),
            Self::Secret(command) => command.run(&common.management()?),
        }
    }
}

impl Generate {
    fn call(self) -> anyhow::Result<Call> {
        let mut fields = Changes::default();
        self.limits.write(&mut fields)?;
        self.client.write(&mut fields);
        Ok(Call::create(&self.keys.path()).json(&fields.into_body()))
    }
}

impl Regenerate {
    fn call(self) -> anyhow::Result<Call> {
        let mut fields = Changes::default();
        self.limits.write(&mut fields)?;
        self.unlimited.write(&mut fields);
        fields.set("new_secret", self.new_secret.then_some(true));
        let path = [&self.keys.path()[..], &["regenerate"]].concat();
        Ok(Call::create(&path).json(&fields.into_body()))
    }
}

impl List {
    fn run(&self, management: &Management) -> anyhow::Result<()> {
        let id = self.application.as_str();
        let tokens: Vec<Value> = match &self.users_of {
            None => management.all(|| Call::get(&["applications", id, "tokens"]))?,
            Some(store) => {
                management.all(|| Call::get(&["applications", id, "user-tokens"]).query("store", Some(store.as_str())))?
            }
        };
        output::print(&json!({ "tokens": tokens }))
    }
}

impl Revoke {
    fn run(self, management: &Management) -> anyhow::Result<()> {
        match (self.id, self.application) {
            (_, Some(application)) => management.print(&Call::post(&["applications", application.as_str(), "tokens", "revoke"])),
            (id, None) => {
                // What is no id may be the token itself, so it is neither sent nor repeated.
                let Some(id) = id.and_then(TokenId::parse) else {
                    bail!(
                        "there is no token of that id: `postern token list` shows an application's tokens, each with its id as `jti`"
                    )
                };
                management.print(&Call::post(&["tokens", id.as_str(), "revoke"]))
            }
        }
    }
}
