//! `postern admin`

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{ArgGroup, Subcommand};
use postern_issuer::catalogue::{Actor, ApiRecord, ApplicationId, ApplicationName, EdgeName, Tier, TierName, Validity};
use postern_issuer::operations;
use postern_token::ApiReference;
use postern_token::bundle::{ApiDocument, Problems};
use serde_json::json;

use super::arguments::api_reference;
use super::member::{MemberCommand, PersonalTokenCommand};
use super::view::{ApplicationDetailsView, ApplicationView, DeletedView, UnsubscribedView};
use super::{Common, bundle, envoy, key, output};

#[derive(Debug, Subcommand)]
pub(super) enum Admin {
    /// Applications
    #[command(subcommand)]
    Application(ApplicationCommand),
    /// APIs
    #[command(subcommand)]
    Api(ApiCommand),
    /// Tiers
    #[command(subcommand)]
    Tier(TierCommand),
    /// Subscriptions of applications to APIs
    #[command(subcommand)]
    Subscription(SubscriptionCommand),
    /// The credentials with which edges fetch their bundle
    #[command(subcommand)]
    EdgeKey(EdgeKeyCommand),
    /// The keys that sign
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// Who may use the management API
    #[command(subcommand)]
    Member(MemberCommand),
    /// The credentials with which members use the management API
    #[command(subcommand)]
    PersonalToken(PersonalTokenCommand),
    /// How long tokens of new applications last
    #[command(subcommand)]
    Defaults(DefaultsCommand),
    /// Write the bundle that an edge needs; it holds the signing keys
    Bundle(bundle::Bundle),
    /// Write an Envoy bootstrap from a template, with the plugin's configuration in it
    Envoy(envoy::Envoy),
}

#[derive(Debug, Subcommand)]
pub(super) enum ApplicationCommand {
    /// Create an application
    Create {
        /// Its name, for people
        name: ApplicationName,
    },
    /// List every application with its keys and its subscriptions
    List,
    /// Delete an application: its tokens are revoked, its keys and subscriptions go, and the records of its tokens stay
    Delete {
        /// Its id, or its name where no other application has the same
        #[arg(value_name = "ID|NAME")]
        application: String,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum ApiCommand {
    /// Add an API
    Add {
        /// The file with the API's JSON document, or `-` for standard input
        file: PathBuf,
    },
    /// List every API
    List,
}

#[derive(Debug, Subcommand)]
pub(super) enum TierCommand {
    /// Add a tier
    Add {
        /// Its name
        name: TierName,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum SubscriptionCommand {
    /// Subscribe an application to an API; tokens that are minted from then on hold it
    Add {
        /// The application's id
        #[arg(long, value_name = "ID")]
        application: ApplicationId,
        /// The API, as `name/version`
        #[arg(long, value_name = "API", value_parser = api_reference)]
        api: ApiReference<'static>,
        /// The tier
        #[arg(long, value_name = "TIER")]
        tier: TierName,
    },
    /// End a subscription; every live token of the application that holds it is revoked
    Remove {
        /// The application's id
        #[arg(long, value_name = "ID")]
        application: ApplicationId,
        /// The API, as `name/version`
        #[arg(long, value_name = "API", value_parser = api_reference)]
        api: ApiReference<'static>,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum EdgeKeyCommand {
    /// Create the credential of an edge; it is shown this once
    Create {
        /// The edge's name
        name: EdgeName,
    },
    /// List the edges that have a credential
    List,
    /// Remove the credential of an edge; the bundle that the edge was given before it still has
    Remove {
        /// The edge's name
        name: EdgeName,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum DefaultsCommand {
    /// Show the defaults
    Show,
    /// Change the defaults; applications that exist keep what they have
    #[command(group(ArgGroup::new("changes").required(true).multiple(true)))]
    Set {
        /// How many seconds application tokens last, negative for ever
        #[arg(long, value_name = "SECONDS", allow_negative_numbers = true, group = "changes")]
        application_validity: Option<Validity>,
        /// How many seconds user tokens last, negative for ever
        #[arg(long, value_name = "SECONDS", allow_negative_numbers = true, group = "changes")]
        user_validity: Option<Validity>,
    },
}

impl Admin {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        match self {
            Self::Application(command) => command.run(common),
            Self::Api(command) => command.run(common),
            Self::Tier(TierCommand::Add { name }) => {
                let tier = Tier { name: name.clone(), description: None, limit: None };
                operations::add_tier(&common.instance()?.act(Actor::Operator), &tier)?;
                output::print(&json!({ "tier": name }))
            }
            Self::Subscription(command) => command.run(common),
            Self::EdgeKey(command) => command.run(common),
            Self::Key(command) => command.run(common),
            Self::Member(command) => command.run(common),
            Self::PersonalToken(command) => command.run(common),
            Self::Defaults(DefaultsCommand::Show) => {
                output::print(&operations::defaults(&common.instance()?.act(Actor::Operator))?)
            }
            Self::Defaults(DefaultsCommand::Set { application_validity, user_validity }) => output::print(
                &operations::set_defaults(&common.instance()?.act(Actor::Operator), application_validity, user_validity)?,
            ),
            Self::Bundle(command) => command.run(common),
            Self::Envoy(command) => command.run(common),
        }
    }
}

impl ApplicationCommand {
    fn run(self, common: &Common) -> anyhow::Result<()> {
        let instance = common.instance()?;
        let act = instance.act(Actor::Operator);
        match self {
            Self::Create { name } => {
                let application = operations::create_application(&act, name)?;
                output::print(&ApplicationView::from(&application))
            }
            Self::List => {
                let applications = operations::list_applications(&act, None, u32::MAX)?;
                let applications: Vec<ApplicationDetailsView<'_>> = applications.iter().map(Into::into).collect();
                output::print(&json!({ "applications": applications }))
            }
            Self::Delete { application } => {
                let (application, revoked) = operations::delete_application(&act, &application)?;
                output::print(&DeletedView { deleted: &application.id, name: application.name.as_str(), revoked: revoked.into() })
            }
        }
    }
}

impl ApiCommand {
    fn run(self, common: &Common) -> anyhow::Result<()> {
        let instance = common.instance()?;
        let act = instance.act(Actor::Operator);
        match self {
            Self::Add { file } => {
                let document = read(&file).with_context(|| format!("cannot read `{}`", file.display()))?;
                let api: ApiDocument =
                    Problems::read(&document).with_context(|| format!("`{}` is not an API's document", file.display()))?;
                let api = ApiRecord { document: api, approval: false };
                operations::add_api(&act, &api)?;
                output::print(&json!({ "api": api.reference() }))
            }
            Self::List => {
                let apis: Vec<_> = operations::list_apis(&act)?.into_iter().map(|api| api.document).collect();
                output::print(&json!({ "apis": apis }))
            }
        }
    }
}

impl SubscriptionCommand {
    fn run(self, common: &Common) -> anyhow::Result<()> {
        let instance = common.instance()?;
        let act = instance.act(Actor::Operator);
        match self {
            Self::Add { application, api, tier } => {
                operations::subscribe(&act, &application, &api, &tier)?;
                output::print(&json!({ "application": application, "api": api.as_str(), "tier": tier }))
            }
            Self::Remove { application, api } => {
                let revoked = operations::unsubscribe(&act, &application, &api)?;
                output::print(&UnsubscribedView { application: &application, api: api.as_str(), revoked: revoked.into() })
            }
        }
    }
}

impl EdgeKeyCommand {
    fn run(self, common: &Common) -> anyhow::Result<()> {
        let instance = common.instance()?;
        let act = instance.act(Actor::Operator);
        match self {
            Self::Create { name } => {
                let key = operations::create_edge_key(&act, &name)?;
                output::print(&json!({ "name": name, "edge_key": key.expose() }))
            }
            Self::List => output::print(&json!({ "edge_keys": operations::list_edge_keys(&act)? })),
            Self::Remove { name } => {
                operations::remove_edge_key(&act, &name, |_| true)?;
                output::print(&json!({ "removed": name }))
            }
        }
    }
}

fn read(file: &Path) -> io::Result<Vec<u8>> {
    if file == Path::new("-") {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    fs::read(file)
}
