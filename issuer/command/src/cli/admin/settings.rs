//! `postern admin settings`, and `postern admin defaults`, the older name of a part of it.

use std::time::Duration;

use clap::{ArgGroup, Args, Subcommand};
use postern_model::{DeveloperRegistration, SecondFactorPolicy, Validity};
use postern_time::{DurationError, parse_lifetime};
use serde_json::{Value, json};

use crate::cli::arguments::{BodyFields, Lifetime, validity};
use crate::cli::context::CommandContext;
use crate::cli::management::Call;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum SettingsCommand {
    /// Show the settings
    Show,
    /// Change settings; existing applications keep their token validities
    Change(Box<SettingsChange>),
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum DefaultsCommand {
    /// Show the token validities of new applications
    Show,
    /// Change the token validities of new applications; existing applications do not change
    Set(Validities),
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("changes").required(true).multiple(true)))]
pub(in crate::cli) struct Validities {
    /// Validity of application tokens of new applications, such as `3600` (seconds) or `12h`; negative: they never expire
    #[arg(long, value_name = "DURATION", allow_negative_numbers = true, value_parser = validity, group = "changes")]
    application_validity: Option<Validity>,
    /// Validity of user tokens of new applications, such as `3600` (seconds) or `12h`; negative: they never expire
    #[arg(long, value_name = "DURATION", allow_negative_numbers = true, value_parser = validity, group = "changes")]
    user_validity: Option<Validity>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct SettingsChange {
    #[command(flatten)]
    validities: Validities,
    /// Whether tokens that never expire are allowed; they also need `never` as the maximum validity of their kind
    #[arg(long, value_name = "BOOL", group = "changes")]
    forever_allowed: Option<bool>,
    /// Maximum validity of application tokens, such as `90d`, or `never` for no maximum
    #[arg(long, value_name = "DURATION", value_parser = Lifetime::parse, group = "changes")]
    max_application_validity: Option<Lifetime>,
    /// Maximum validity of user tokens, such as `1d`, or `never` for no maximum
    #[arg(long, value_name = "DURATION", value_parser = Lifetime::parse, group = "changes")]
    max_user_validity: Option<Lifetime>,
    /// Mint a new token instead of returning the current one when at most this share of the current token's validity remains, 0 to
    /// 100; a new issuer has 10
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100), group = "changes")]
    renew_below: Option<u8>,
    /// Rotate the signing key after this time, such as `90d`, or `never`
    #[arg(long, value_name = "DURATION", value_parser = Lifetime::parse, group = "changes")]
    key_rotation: Option<Lifetime>,
    /// Publish a new signing key this long before it signs, such as `1d`
    #[arg(long, alias = "publish-ahead", value_name = "DURATION", value_parser = parse_lifetime, group = "changes")]
    key_publish_ahead: Option<Duration>,
    /// Expire a refresh token that is not used for this time, such as `14d`
    #[arg(long, value_name = "DURATION", value_parser = parse_lifetime, group = "changes")]
    refresh_idle: Option<Duration>,
    /// Expire a user's grant after this time, even if its refresh token is used, such as `90d`
    #[arg(long, value_name = "DURATION", value_parser = parse_lifetime, group = "changes")]
    refresh_lifetime: Option<Duration>,
    /// Accept a used refresh token again for this time, such as `60s`, as long as its successor was not used; `0s`: never
    #[arg(long, value_name = "DURATION", value_parser = grace, group = "changes")]
    refresh_grace: Option<Duration>,
    /// Sign a user out after this time without activity, such as `30m`
    #[arg(long, value_name = "DURATION", value_parser = parse_lifetime, group = "changes")]
    session_idle: Option<Duration>,
    /// Sign a user out after this time in any case, such as `12h`
    #[arg(long, value_name = "DURATION", value_parser = parse_lifetime, group = "changes")]
    session_lifetime: Option<Duration>,
    /// Whether users become developers by themselves: `off`, `approval` (they ask, and an administrator approves) or `open` (at once)
    #[arg(long, value_name = "HOW", group = "changes")]
    developer_registration: Option<DeveloperRegistration>,
    /// Whether users of local stores sign in with a second factor: `off`, `optional` (each user decides) or `required`
    #[arg(long, value_name = "POLICY", group = "changes")]
    second_factor: Option<SecondFactorPolicy>,
}

/// A lifetime, or none.
fn grace(text: &str) -> Result<Duration, DurationError> {
    if matches!(text, "0" | "0s") { Ok(Duration::ZERO) } else { parse_lifetime(text) }
}

impl Validities {
    fn write(self, changes: &mut BodyFields) {
        changes.set("application_validity", self.application_validity);
        changes.set("user_validity", self.user_validity);
    }
}

impl SettingsCommand {
    pub(super) fn run(self, context: &CommandContext) -> anyhow::Result<()> {
        let management = context.management()?;
        let Self::Change(command) = self else { return management.print(&Call::get(&["settings"])) };
        let mut changes = BodyFields::default();
        command.validities.write(&mut changes);
        changes.set("forever_allowed", command.forever_allowed);
        changes.set("renew_below_percent", command.renew_below);
        changes.set("developer_registration", command.developer_registration);
        changes.set("second_factor", command.second_factor);
        for (name, lifetime) in [
            ("max_application_validity", command.max_application_validity),
            ("max_user_validity", command.max_user_validity),
            ("key_rotation", command.key_rotation),
        ] {
            changes.set_lifetime(name, lifetime, |duration| duration.as_secs());
        }
        let durations = [
            ("key_publish_ahead", command.key_publish_ahead),
            ("refresh_idle", command.refresh_idle),
            ("refresh_lifetime", command.refresh_lifetime),
            ("refresh_grace", command.refresh_grace),
            ("session_idle", command.session_idle),
            ("session_lifetime", command.session_lifetime),
        ];
        for (name, duration) in durations {
            changes.set(name, duration.as_ref().map(Duration::as_secs));
        }
        management.print(&Call::patch(&["settings"]).json(&changes.into_body()))
    }
}

impl DefaultsCommand {
    pub(super) fn run(self, context: &CommandContext) -> anyhow::Result<()> {
        let management = context.management()?;
        let call = match self {
            Self::Show => Call::get(&["settings"]),
            Self::Set(validities) => {
                let mut changes = BodyFields::default();
                validities.write(&mut changes);
                Call::patch(&["settings"]).json(&changes.into_body())
            }
        };
        let settings = management.send(&call)?.json()?;
        let of = |name: &str| settings.get(name).cloned().unwrap_or(Value::Null);
        management
            .printer
            .print(&json!({ "application_validity": of("application_validity"), "user_validity": of("user_validity") }))
    }
}
