//! `postern admin`

mod audit;
mod branding;
mod bundle;
mod bundle_key;
mod edge;
mod edge_key;
mod envoy;
mod events;
mod master_key;
mod member;
mod scope;
mod settings;
mod signing_key;
mod sync_pins;
mod template;
mod user;
mod values;

use clap::Subcommand;

use crate::cli::context::CommandContext;
use crate::cli::{
    api::ApiCommand, application::ApplicationCommand, personal_token::PersonalTokenCommand,
    registration_token::RegistrationTokenCommand, subscription::SubscriptionCommand, tier::TierCommand,
};

#[derive(Debug, Subcommand)]
pub(super) enum Admin {
    /// Manage members, who may use the management API
    #[command(subcommand)]
    Member(member::MemberCommand),
    /// Manage users, who sign in to applications
    #[command(subcommand)]
    User(user::UserCommand),
    /// List user stores
    #[command(subcommand)]
    UserStore(user::UserStoreCommand),
    /// Manage the rules and approvals that decide who may have a scope
    #[command(subcommand)]
    Scope(scope::ScopeCommand),
    /// Manage signing keys
    #[command(subcommand, alias = "key")]
    SigningKey(signing_key::SigningKeyCommand),
    /// Manage edge keys, with which edges fetch their bundle
    #[command(subcommand)]
    EdgeKey(edge_key::EdgeKeyCommand),
    /// Show when edges last asked for their bundle, and whether they have the current one
    #[command(subcommand)]
    Edge(edge::EdgeCommand),
    /// Manage bundle keys, which sign the bundles that edges fetch
    #[command(subcommand)]
    BundleKey(bundle_key::BundleKeyCommand),
    /// Write the bundle for an edge: verification keys, APIs and revoked tokens
    ///
    /// With HS256 the bundle contains the signing keys: keep it secret.
    Bundle(bundle::Bundle),
    /// Write an Envoy configuration from a template, with the plugin's configuration in it
    Envoy(envoy::Envoy),
    /// Show and change settings of the issuer
    #[command(subcommand)]
    Settings(settings::SettingsCommand),
    /// Show and change how the pages of the issuer look: name, logo, colour, links
    #[command(subcommand)]
    Branding(branding::BrandingCommand),
    /// Read the audit log
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Read the attempts that the issuer refused: failed sign-ins, refused clients and management calls
    #[command(subcommand)]
    Events(events::EventsCommand),
    /// Change the master key, which encrypts the signing keys
    #[command(subcommand)]
    MasterKey(master_key::MasterKeyCommand),
    // Old spellings. They work, but no help shows them.
    #[command(subcommand, hide = true)]
    Application(ApplicationCommand),
    #[command(subcommand, hide = true)]
    Api(ApiCommand),
    #[command(subcommand, hide = true)]
    Tier(TierCommand),
    #[command(subcommand, hide = true)]
    Subscription(SubscriptionCommand),
    #[command(subcommand, hide = true)]
    PersonalToken(PersonalTokenCommand),
    #[command(subcommand, hide = true)]
    RegistrationToken(RegistrationTokenCommand),
    #[command(subcommand, hide = true)]
    Defaults(settings::DefaultsCommand),
}

impl Admin {
    pub(super) fn run(self, context: &CommandContext) -> anyhow::Result<()> {
        match self {
            Self::Member(command) => command.run(context),
            Self::User(command) => command.run(context),
            Self::UserStore(command) => command.run(context),
            Self::Scope(command) => command.run(context),
            Self::SigningKey(command) => command.run(context),
            Self::EdgeKey(command) => command.run(context),
            Self::Edge(command) => command.run(context),
            Self::BundleKey(command) => command.run(context),
            Self::Bundle(command) => command.run(context),
            Self::Envoy(command) => command.run(context),
            Self::Settings(command) => command.run(context),
            Self::Branding(command) => command.run(context),
            Self::Audit(command) => command.run(context),
            Self::Events(command) => command.run(context),
            Self::MasterKey(command) => command.run(context),
            Self::Application(command) => command.run(context),
            Self::Api(command) => command.run(context),
            Self::Tier(command) => command.run(context),
            Self::Subscription(command) => command.run(context),
            Self::PersonalToken(command) => command.run(context),
            Self::RegistrationToken(command) => command.run(context),
            Self::Defaults(command) => command.run(context),
        }
    }
}
