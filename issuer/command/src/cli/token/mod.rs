//! `postern token`

mod client_keys;
mod consumer_secret;

use anyhow::bail;
use clap::{ArgGroup, Args, Subcommand};
use postern_model::{ApplicationId, TokenId, UserStoreName};
use serde_json::{Value, json};

use super::arguments::{BodyFields, ClientKeys, ClientSettings, LiftedRestrictions, TokenRestrictions, application_id};
use super::context::CommandContext;
use super::management::{Call, Management};
use super::output;

#[derive(Debug, Subcommand)]
pub(super) enum Token {
    /// Generate the key set of an application in one environment, with its first token
    ///
    /// Prints the consumer key, the consumer secret and an access token. The secret and the token are shown only once.
    #[command(after_help = "\
Example:
  postern token generate --application app_… --key-type production \\
    --scope orders --domain app.example.com")]
    Generate(Generate),
    /// Mint a new token and revoke the previously generated one; restrictions for which no option is given stay the same
    #[command(after_help = "Example:\n  postern token regenerate --application app_… --key-type production")]
    Regenerate(Regenerate),
    /// List the records of an application's tokens; the tokens themselves are not stored
    List(List),
    /// Revoke a token, or all tokens of an application; edges that fetch their bundle refuse them within a second
    #[command(after_help = "\
Examples:
  postern token revoke JTI
  postern token revoke --all --application app_…")]
    Revoke(Revoke),
    /// Show and change the key sets of an application
    #[command(subcommand)]
    Keys(client_keys::ClientKeysCommand),
    /// Create and remove consumer secrets; two can be valid at once, to change a secret without an outage
    #[command(subcommand)]
    Secret(consumer_secret::ConsumerSecretCommand),
}

#[derive(Debug, Args)]
pub(super) struct Generate {
    #[command(flatten)]
    keys: ClientKeys,
    #[command(flatten)]
    limits: TokenRestrictions,
    #[command(flatten)]
    client: ClientSettings,
}

#[derive(Debug, Args)]
pub(super) struct Regenerate {
    #[command(flatten)]
    keys: ClientKeys,
    #[command(flatten)]
    limits: TokenRestrictions,
    #[command(flatten)]
    unlimited: LiftedRestrictions,
    /// Also create a new consumer secret, shown only once; all earlier secrets are refused at once
    #[arg(long)]
    new_secret: bool,
}

#[derive(Debug, Args)]
pub(super) struct List {
    /// Id of the application
    #[arg(long, value_name = "ID", value_parser = application_id)]
    application: ApplicationId,
    /// List the tokens for users of this user store instead of application tokens
    #[arg(long, value_name = "STORE")]
    users_of: Option<UserStoreName>,
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("which").required(true)))]
pub(super) struct Revoke {
    /// Id of the token, as `jti` in the output of `postern token list`
    #[arg(group = "which")]
    id: Option<String>,
    /// Revoke all unexpired tokens of the application
    #[arg(long, group = "which", requires = "application")]
    all: bool,
    /// Id of the application
    #[arg(long, value_name = "ID", value_parser = application_id, requires = "all", conflicts_with = "id")]
    application: Option<ApplicationId>,
}

impl Token {
    pub(super) fn run(self, context: &CommandContext) -> anyhow::Result<()> {
        match self {
            Self::Generate(command) => {
                // First, so that a usage error does not need the master key.
                let call = command.call()?;
                context.management_with_keys()?.print_with_warnings(&call)
            }
            Self::Regenerate(command) => {
                let call = command.call()?;
                context.management_with_keys()?.print_with_warnings(&call)
            }
            Self::List(command) => command.run(&context.management()?),
            Self::Revoke(command) => command.run(&context.management()?),
            Self::Keys(command) => command.run(&context.management()?),
            Self::Secret(command) => command.run(&context.management()?),
        }
    }
}

impl Generate {
    fn call(self) -> anyhow::Result<Call> {
        let mut fields = BodyFields::default();
        self.limits.write(&mut fields)?;
        self.client.write(&mut fields);
        Ok(Call::create(&self.keys.path()).json(&fields.into_body()))
    }
}

impl Regenerate {
    fn call(self) -> anyhow::Result<Call> {
        let mut fields = BodyFields::default();
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
                // A text that is not an id may be the token itself, so it is neither sent nor repeated.
                let Some(id) = id.and_then(TokenId::parse) else {
                    bail!("not a token id: give the `jti` that `postern token list` shows, not the token itself")
                };
                management.print(&Call::post(&["tokens", id.as_str(), "revoke"]))
            }
        }
    }
}
