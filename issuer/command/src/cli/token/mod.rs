//! `postern token`

mod client_keys;
mod consumer_secret;

use anyhow::bail;
use clap::{ArgGroup, Args, Subcommand};
use postern_model::{TokenId, UserStoreName};
use serde_json::Value;

use super::arguments::{BodyFields, ClientSettings, LiftedRestrictions, TokenRestrictions};
use super::confirm::{Confirmation, ends_tokens};
use super::context::CommandContext;
use super::management::{Call, Management};
use super::references::{ApplicationReference, ClientKeys, ClientKeysArguments};

/// The number of tokens in which the one that a regeneration ends is looked for.
const QUESTION_TOKENS: usize = 1000;

#[derive(Debug, Subcommand)]
pub(super) enum Token {
    /// Create the key set of an application in one environment, with its first token
    ///
    /// Prints the consumer key, the consumer secret and an access token. The secret and the token are shown only once.
    #[command(
        alias = "generate",
        after_help = "\
Example:
  postern token create --application storefront --key-type production \\
    --scope orders --domain app.example.com"
    )]
    Create(Create),
    /// Mint a new token and revoke the previously generated one; restrictions for which no option is given stay the same
    #[command(after_help = "Example:\n  postern token regenerate --application storefront --key-type production")]
    Regenerate(Regenerate),
    /// List the records of an application's tokens; the tokens themselves are not stored
    List(List),
    /// Revoke a token, or all tokens of an application; edges that fetch their bundle refuse them within about a second
    #[command(after_help = "\
Examples:
  postern token revoke JTI
  postern token revoke --all --application storefront")]
    Revoke(Revoke),
    /// Show and change the key sets of an application
    #[command(subcommand)]
    Keys(client_keys::ClientKeysCommand),
    /// Create and delete consumer secrets; two can be valid at once, to change a secret without an outage
    #[command(subcommand)]
    Secret(consumer_secret::ConsumerSecretCommand),
}

#[derive(Debug, Args)]
pub(super) struct Create {
    #[command(flatten)]
    keys: ClientKeysArguments,
    #[command(flatten)]
    limits: TokenRestrictions,
    #[command(flatten)]
    client: ClientSettings,
}

#[derive(Debug, Args)]
pub(super) struct Regenerate {
    #[command(flatten)]
    keys: ClientKeysArguments,
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
    /// Application, by id or name
    #[arg(long, value_name = "ID|NAME")]
    application: ApplicationReference,
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
    /// Application, by id or name
    #[arg(long, value_name = "ID|NAME", requires = "all", conflicts_with = "id")]
    application: Option<ApplicationReference>,
}

impl Token {
    pub(super) fn run(self, context: &CommandContext) -> anyhow::Result<()> {
        let confirmation = context.confirmation;
        match self {
            Self::Create(command) => command.run(context),
            Self::Regenerate(command) => command.run(context),
            Self::List(command) => command.run(&context.management()?),
            Self::Revoke(command) => command.run(&context.management()?, confirmation),
            Self::Keys(command) => command.run(&context.management()?),
            Self::Secret(command) => command.run(&context.management()?, confirmation),
        }
    }
}

impl Create {
    fn run(self, context: &CommandContext) -> anyhow::Result<()> {
        // First, so that a usage error does not need the master key.
        let mut fields = BodyFields::default();
        self.limits.write(&mut fields)?;
        self.client.write(&mut fields);
        let management = context.management_with_keys()?;
        let keys = self.keys.resolve(&management)?;
        management.print_with_warnings(&Call::create(&keys.path()).json(&fields.into_body()))
    }
}

impl Regenerate {
    fn run(self, context: &CommandContext) -> anyhow::Result<()> {
        let mut fields = BodyFields::default();
        self.limits.write(&mut fields)?;
        self.unlimited.write(&mut fields);
        fields.set("new_secret", self.new_secret.then_some(true));
        let management = context.management_with_keys()?;
        let keys = self.keys.resolve(&management)?;
        context.confirmation.ask(|| question(&management, &keys, self.new_secret))?;
        let path = [&keys.path()[..], &["regenerate"]].concat();
        management.print_with_warnings(&Call::create(&path).json(&fields.into_body()))
    }
}

/// The question before a regeneration: which token and which secrets end.
fn question(management: &Management, keys: &ClientKeys, new_secret: bool) -> anyhow::Result<String> {
    let tokens = management.first(QUESTION_TOKENS, || Call::get(&["applications", keys.application.as_str(), "tokens"]))?;
    let of = |token: &Value, name: &str| token.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let generated = tokens.iter().find(|token| {
        let obtained = of(token, "obtained");
        of(token, "state") == "active" && of(token, "key_type") == keys.key_type.as_str() && obtained.ends_with("generated")
    });
    let token = generated.map(|token| format!(" This revokes the token `{}`.", of(token, "jti"))).unwrap_or_default();
    let secrets = if new_secret { " Every consumer secret is refused at once." } else { "" };
    Ok(format!("Regenerate the token of `{}` for {}?{token}{secrets}", keys.application, keys.key_type.as_str()))
}

impl List {
    fn run(&self, management: &Management) -> anyhow::Result<()> {
        let application = self.application.resolve(management)?;
        let id = application.as_str();
        match &self.users_of {
            None => management.print_list("tokens", || Call::get(&["applications", id, "tokens"])),
            Some(store) => management
                .print_list("tokens", || Call::get(&["applications", id, "user-tokens"]).query("store", Some(store.as_str()))),
        }
    }
}

impl Revoke {
    fn run(self, management: &Management, confirmation: Confirmation) -> anyhow::Result<()> {
        match (self.id, self.application) {
            (_, Some(application)) => {
                let id = application.resolve(management)?;
                confirmation.ask(|| Ok(format!("Revoke all tokens of `{id}`? {}", ends_tokens(management, &id)?)))?;
                management.print(&Call::post(&["applications", id.as_str(), "tokens", "revoke"]))
            }
            (id, None) => {
                // A text that is not an id may be the token itself, so it is neither sent nor repeated.
                let Some(id) = id.and_then(TokenId::parse) else {
                    bail!("not a token id: give the `jti` that `postern token list` shows, not the token itself")
                };
                confirmation.ask(|| Ok(format!("Revoke the token `{}`?", id.as_str())))?;
                management.print(&Call::post(&["tokens", id.as_str(), "revoke"]))
            }
        }
    }
}
