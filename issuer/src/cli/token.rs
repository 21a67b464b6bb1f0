//! `postern token`

use clap::{ArgGroup, Args, Subcommand};
use postern_issuer::catalogue::{Actor, ApplicationId, Restrictions, TokenId};
use postern_issuer::operations::{self, GenerateRequest, RegenerateRequest};
use postern_issuer::secrets::PlainSecret;
use postern_token::KeyType;
use serde::Serialize;

use super::arguments::{KeyTypeArgument, Limits};
use super::view::{MintedView, RevokedView, TokenView};
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
}

#[derive(Debug, Args)]
pub(super) struct Generate {
    #[command(flatten)]
    keys: Keys,
    #[command(flatten)]
    limits: Limits,
}

#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
pub(super) struct Regenerate {
    #[command(flatten)]
    keys: Keys,
    #[command(flatten)]
    limits: Limits,
    /// Let every client domain use the tokens from now on
    #[arg(long, conflicts_with = "domains")]
    any_domain: bool,
    /// Let every client address use the tokens from now on
    #[arg(long, conflicts_with = "ips")]
    any_ip: bool,
    /// Let the tokens hold no scope from now on
    #[arg(long, conflicts_with = "scopes")]
    no_scope: bool,
    /// Make a new consumer secret too, shown this once; the one before it is refused from now on
    #[arg(long)]
    new_secret: bool,
}

#[derive(Debug, Args)]
pub(super) struct List {
    /// The application's id
    #[arg(long, value_name = "ID")]
    application: ApplicationId,
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

#[derive(Debug, Args)]
struct Keys {
    /// The application's id
    #[arg(long, value_name = "ID")]
    application: ApplicationId,
    /// The type of the keys
    #[arg(long, value_name = "TYPE")]
    key_type: KeyTypeArgument,
}

impl Token {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        match self {
            Self::Generate(command) => command.run(common),
            Self::Regenerate(command) => command.run(common),
            Self::List(command) => command.run(common),
            Self::Revoke(command) => command.run(common),
        }
    }
}

impl Generate {
    fn run(self, common: &Common) -> anyhow::Result<()> {
        let key_type: KeyType = self.keys.key_type.into();
        let application = self.keys.application;
        let scopes = self.limits.scopes()?;
        let restrictions = Restrictions { domains: self.limits.domains, ips: self.limits.ips, scopes };
        let validity = self.limits.validity;
        let request = GenerateRequest { restrictions, validity, ..GenerateRequest::new(application.clone(), key_type) };
        let instance = common.instance_with_keys()?;
        let keys = operations::generate(&instance.act(Actor::Operator), &request)?;
        let secret = Some(keys.consumer_secret.expose());
        output::print(&MintedView::new(&application, key_type, &keys.consumer_key, secret, &keys.token))
    }
}

impl Regenerate {
    fn run(self, common: &Common) -> anyhow::Result<()> {
        let key_type: KeyType = self.keys.key_type.into();
        let application = self.keys.application;
        let scopes = self.limits.scopes()?;
        let Limits { domains, ips, validity, .. } = self.limits;
        let request = RegenerateRequest {
            application: application.clone(),
            key_type,
            domains: (self.any_domain || !domains.is_empty()).then_some(domains),
            ips: (self.any_ip || !ips.is_empty()).then_some(ips),
            scopes: (self.no_scope || scopes.is_some()).then_some(scopes),
            validity,
            new_secret: self.new_secret,
        };
        let instance = common.instance_with_keys()?;
        let new = operations::regenerate(&instance.act(Actor::Operator), &request)?;
        let secret = new.consumer_secret.as_ref().map(PlainSecret::expose);
        output::print(&MintedView::new(&application, key_type, &new.consumer_key, secret, &new.token))
    }
}

impl List {
    fn run(&self, common: &Common) -> anyhow::Result<()> {
        #[derive(Serialize)]
        struct Tokens<'a> {
            tokens: Vec<TokenView<'a>>,
        }
        let tokens = operations::list_tokens(&common.instance()?.act(Actor::Operator), &self.application, None, u32::MAX)?;
        output::print(&Tokens { tokens: tokens.iter().map(Into::into).collect() })
    }
}

impl Revoke {
    fn run(self, common: &Common) -> anyhow::Result<()> {
        let instance = common.instance()?;
        let act = instance.act(Actor::Operator);
        let revoked = match (self.id, self.application) {
            (_, Some(application)) => operations::revoke_all_tokens(&act, &application)?,
            // What is no id may be the token itself, so it is not repeated.
            (id, None) => {
                let id = id.and_then(TokenId::parse).ok_or(operations::Error::NoSuchToken)?;
                operations::revoke_token(&act, &id)?
            }
        };
        output::print(&RevokedView::from(revoked))
    }
}
