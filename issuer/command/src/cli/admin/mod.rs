//! `postern admin`

mod api;
mod application;
mod audit;
mod edge_key;
mod key;
mod master_key;
mod member;
mod registration_token;
mod scope;
mod settings;
mod subscription;
mod tier;
mod user;

use clap::Subcommand;

use super::{Common, bundle, envoy};

#[derive(Debug, Subcommand)]
pub(super) enum Admin {
    /// Applications
    #[command(subcommand)]
    Application(application::ApplicationCommand),
    /// APIs
    #[command(subcommand)]
    Api(api::ApiCommand),
    /// Tiers
    #[command(subcommand)]
    Tier(tier::TierCommand),
    /// Subscriptions of applications to APIs
    #[command(subcommand)]
    Subscription(subscription::SubscriptionCommand),
    /// The credentials with which edges fetch their bundle
    #[command(subcommand)]
    EdgeKey(edge_key::EdgeKeyCommand),
    /// The keys that sign
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// Who may use the management API
    #[command(subcommand)]
    Member(member::MemberCommand),
    /// The credentials with which members use the management API
    #[command(subcommand)]
    PersonalToken(member::PersonalTokenCommand),
    /// Who uses applications
    #[command(subcommand)]
    User(user::UserCommand),
    /// Where users are known
    #[command(subcommand)]
    UserStore(user::UserStoreCommand),
    /// Scopes that are for users with certain roles alone
    #[command(subcommand)]
    Scope(scope::ScopeCommand),
    /// The credentials with which clients register themselves
    #[command(subcommand)]
    RegistrationToken(registration_token::RegistrationTokenCommand),
    /// What holds for the whole issuer
    #[command(subcommand)]
    Settings(settings::SettingsCommand),
    /// How long tokens of new applications last
    #[command(subcommand)]
    Defaults(settings::DefaultsCommand),
    /// What was done, and by whom
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// The key that encrypts the keys that sign
    #[command(subcommand)]
    MasterKey(master_key::MasterKeyCommand),
    /// Write the bundle that an edge needs; it holds the signing keys
    Bundle(bundle::Bundle),
    /// Write an Envoy bootstrap from a template, with the plugin's configuration in it
    Envoy(envoy::Envoy),
}

impl Admin {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        match self {
            Self::Application(command) => command.run(common),
            Self::Api(command) => command.run(common),
            Self::Tier(command) => command.run(common),
            Self::Subscription(command) => command.run(common),
            Self::EdgeKey(command) => command.run(common),
            Self::Key(command) => command.run(common),
            Self::Member(command) => command.run(common),
            Self::PersonalToken(command) => command.run(common),
            Self::User(command) => command.run(common),
            Self::UserStore(command) => command.run(common),
            Self::Scope(command) => command.run(common),
            Self::RegistrationToken(command) => command.run(common),
            Self::Settings(command) => command.run(common),
            Self::Defaults(command) => command.run(common),
            Self::Audit(command) => command.run(common),
            Self::MasterKey(command) => command.run(common),
            Self::Bundle(command) => command.run(common),
            Self::Envoy(command) => command.run(common),
        }
    }
}
