//! `postern init`

use std::path::Path;

use anyhow::Context as _;
use clap::Args;
use postern_configuration::UserStoreKind;
use postern_model::{Actor, Audience, Issuer, MemberName, Policies, Role, Settings, UserId, Validities};
use postern_operations::{Instance, Keyring, NewUser, add_member, add_user, check_not_initialised, initialise, prepare_user};
use postern_secrets::{PlainSecret, SystemClock, SystemEntropy};
use postern_storage::Storage;
use postern_token::Algorithm;
use serde::Serialize;

use super::arguments::{signing_algorithm, warn_of_symmetric_key};
use super::context::CommandContext;
use super::{master_key_file, secret_input};

#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  postern init --issuer https://issuer.example --audience https://api.example \\
    --database postern.db --master-key-file master.key

The same with a first administrator, who can sign in to the portal; it asks for the password, or reads it from standard input:
  postern init --issuer https://issuer.example --audience https://api.example \\
    --master-key-file master.key --administrator alice")]
pub(super) struct Init {
    /// Public URL of the issuer (claim `iss`), such as `https://issuer.example`
    #[arg(long, value_name = "URL")]
    issuer: Issuer,
    /// Audience of the tokens (claim `aud`), such as `https://api.example`
    #[arg(long, value_name = "URL")]
    audience: Audience,
    /// Algorithm of the first signing keys: `ES256`, `EdDSA`, `RS256` or `HS256`. With `HS256` every edge that can verify a token can
    /// also mint one
    #[arg(long, default_value = "ES256", value_parser = signing_algorithm)]
    algorithm: Algorithm,
    /// Create a first administrator with this name, and a user with the same name in the local user store. The password is read from
    /// standard input, or asked for on a terminal
    #[arg(long, value_name = "NAME")]
    administrator: Option<MemberName>,
}

#[derive(Serialize)]
struct Initialised<'a> {
    issuer: &'a Issuer,
    audience: &'a Audience,
    algorithm: &'static str,
    /// The administrator's name, and the account with which it signs in to the portal.
    #[serde(skip_serializing_if = "Option::is_none")]
    administrator: Option<&'a MemberName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<&'a UserId>,
}

impl Init {
    pub(super) const fn new(issuer: Issuer, audience: Audience, algorithm: Algorithm) -> Self {
        Self { issuer, audience, algorithm, administrator: None }
    }

    pub(super) fn run(self, context: &CommandContext) -> anyhow::Result<()> {
        context.require_local()?;
        let algorithm = self.algorithm;
        let (Settings { issuer, audience, .. }, administrator) = self.create(context)?;
        warn_of_symmetric_key(algorithm);
        let (name, account) = administrator.as_ref().map(|(name, account)| (name, account)).unzip();
        let algorithm = algorithm.as_str();
        let (issuer, audience) = (&issuer, &audience);
        context.printer.print(&Initialised { issuer, audience, algorithm, administrator: name, account })
    }

    /// Creates the database and, if needed, the master key and the first administrator, who is returned with the account.
    pub(super) fn create(self, context: &CommandContext) -> anyhow::Result<(Settings, Option<(MemberName, UserId)>)> {
        // Create a master key only for a new database, and the database only after there is a master key.
        let location = context.location()?;
        let administrator = self.administrator.map(|name| new_administrator(context, name)).transpose()?;
        if location.file().is_none_or(Path::exists) {
            check_not_initialised(&Storage::create(&location)?)?;
        }
        let master_key = master_key_file::load_or_create(context.configuration.master_key.as_ref(), &SystemEntropy)?;
        let storage = Storage::create(&location)?;
        let settings = Settings {
            issuer: self.issuer,
            audience: self.audience,
            default_validities: Validities::default(),
            policies: Policies::default(),
        };
        let mut instance =
            Instance::for_command(storage, Keyring::new(master_key), Box::new(SystemClock), Box::new(SystemEntropy));
        if administrator.is_some() {
            instance = instance.with_user_stores(context.user_stores()?)?;
        }
        let act = instance.act(Actor::Operator);
        // A password that is refused leaves a database that can still be initialised.
        let user = administrator.as_ref().map(|(_, user)| prepare_user(&act, user)).transpose()?;
        initialise(&act, &settings, self.algorithm)?;
        let mut account = None;
        if let (Some((member, NewUser { id, .. })), Some(user)) = (administrator, &user) {
            add_user(&act, user)?;
            add_member(&act, &member, Role::Administrator, Some(&id))?;
            account = Some((member, id));
        }
        Ok((settings, account))
    }
}

/// The first administrator, and the account with which it signs in: a user of the first local user store, with the same name. Asks for the
/// password.
fn new_administrator(context: &CommandContext, name: MemberName) -> anyhow::Result<(MemberName, NewUser)> {
    let stores = &context.configuration.user_stores;
    let local = stores.iter().find(|store| matches!(store.kind, UserStoreKind::Local)).context(
        "--administrator needs a user store of the kind `local`, and the configuration has none: leave it out, and let \
         `member_roles` or `postern admin member create` make the first administrator",
    )?;
    let user =
        name.as_str().parse().with_context(|| format!("`{name}` cannot be the name of an administrator with an account"))?;
    let id = UserId { name: user, store: local.name.clone() };
    let password = PlainSecret::presented(secret_input::new_password(&id.to_string())?.to_string());
    Ok((name, NewUser { id, password, roles: Vec::new(), must_change_password: false }))
}
