//! The policies, which an administrator sets for the whole issuer.

use crate::Error;
use crate::error::SettingsError;
use postern_model::{DeveloperRegistration, Policies, SecondFactorPolicy, Settings, Validity};
use postern_token::Kind;

/// The longest that a user's grant or session may last: ten years.
const MAX_LIFETIME: u64 = 315_360_000;

/// The longest time in which a used refresh token may be used again, in seconds: a thief of the token may use it for as long.
const MAX_REFRESH_GRACE: u64 = 600;

/// The longest validity in seconds that any token may have: a hundred years.
const MAX_VALIDITY: u64 = 3_153_600_000;

/// The changes. A field that is `None` stays unchanged.
#[derive(Debug, Clone, Copy, Default)]
pub struct PolicyChange {
    /// See [`Policies::forever_allowed`].
    pub forever_allowed: Option<bool>,
    /// See [`Policies::max_application_validity`].
    pub max_application_validity: Option<Option<u64>>,
    /// See [`Policies::max_user_validity`].
    pub max_user_validity: Option<Option<u64>>,
    /// See [`Policies::renew_below_percent`].
    pub renew_below_percent: Option<u8>,
    /// See [`Policies::key_rotation`].
    pub key_rotation: Option<Option<u64>>,
    /// See [`Policies::key_publish_ahead`].
    pub key_publish_ahead: Option<u64>,
    /// See [`Policies::refresh_idle`].
    pub refresh_idle: Option<u64>,
    /// See [`Policies::refresh_lifetime`].
    pub refresh_lifetime: Option<u64>,
    /// See [`Policies::refresh_grace`].
    pub refresh_grace: Option<u64>,
    /// See [`Policies::session_idle`].
    pub session_idle: Option<u64>,
    /// See [`Policies::session_lifetime`].
    pub session_lifetime: Option<u64>,
    /// See [`Policies::developer_registration`].
    pub developer_registration: Option<DeveloperRegistration>,
    /// See [`Policies::second_factor`].
    pub second_factor: Option<SecondFactorPolicy>,
}

impl PolicyChange {
    /// The policies with the change.
    pub(super) fn apply(self, before: Policies) -> Policies {
        Policies {
            forever_allowed: self.forever_allowed.unwrap_or(before.forever_allowed),
            max_application_validity: self.max_application_validity.unwrap_or(before.max_application_validity),
            max_user_validity: self.max_user_validity.unwrap_or(before.max_user_validity),
            renew_below_percent: self.renew_below_percent.unwrap_or(before.renew_below_percent),
            key_rotation: self.key_rotation.unwrap_or(before.key_rotation),
            key_publish_ahead: self.key_publish_ahead.unwrap_or(before.key_publish_ahead),
            refresh_idle: self.refresh_idle.unwrap_or(before.refresh_idle),
            refresh_lifetime: self.refresh_lifetime.unwrap_or(before.refresh_lifetime),
            refresh_grace: self.refresh_grace.unwrap_or(before.refresh_grace),
            session_idle: self.session_idle.unwrap_or(before.session_idle),
            session_lifetime: self.session_lifetime.unwrap_or(before.session_lifetime),
            developer_registration: self.developer_registration.unwrap_or(before.developer_registration),
            second_factor: self.second_factor.unwrap_or(before.second_factor),
        }
    }
}

pub(super) fn check(policies: &Policies, settings: &Settings) -> Result<(), Error> {
    if policies.renew_below_percent > 100 {
        return Err(out_of_range("renew_below_percent", "`renew_below_percent` must be from 0 to 100"));
    }
    if policies.key_rotation.is_some_and(|rotation| rotation < 3600 || rotation <= policies.key_publish_ahead) {
        return Err(out_of_range(
            "key_rotation",
            "`key_rotation` must be at least 3600 seconds, and longer than `key_publish_ahead`",
        ));
    }
    if policies.key_publish_ahead > MAX_LIFETIME {
        return Err(out_of_range("key_publish_ahead", "`key_publish_ahead` must be at most 315360000 seconds"));
    }
    let lifetimes = [
        ("refresh_idle", policies.refresh_idle),
        ("refresh_lifetime", policies.refresh_lifetime),
        ("session_idle", policies.session_idle),
        ("session_lifetime", policies.session_lifetime),
    ];
    if let Some((setting, _)) = lifetimes.into_iter().find(|(_, seconds)| !(60..=MAX_LIFETIME).contains(seconds)) {
        return Err(out_of_range(
            setting,
            "`refresh_idle`, `refresh_lifetime`, `session_idle` and `session_lifetime` must be from 60 to 315360000 seconds",
        ));
    }
    if policies.refresh_grace > MAX_REFRESH_GRACE {
        return Err(out_of_range("refresh_grace", "`refresh_grace` must be from 0 to 600 seconds"));
    }
    check_validities(policies, settings)
}

/// Checks that the maximum validities, the default validities and tokens that never expire do not contradict each other.
fn check_validities(policies: &Policies, settings: &Settings) -> Result<(), Error> {
    let maximums =
        [("max_application_validity", policies.max_application_validity), ("max_user_validity", policies.max_user_validity)];
    let is_wrong = |maximum: Option<u64>| maximum.is_some_and(|seconds| !(1..=MAX_VALIDITY).contains(&seconds));
    if let Some((setting, _)) = maximums.into_iter().find(|(_, maximum)| is_wrong(*maximum)) {
        return Err(out_of_range(
            setting,
            "`max_application_validity` and `max_user_validity` must be from 1 to 3153600000 seconds, or null for no maximum",
        ));
    }
    if policies.forever_allowed && maximums.iter().all(|(_, maximum)| maximum.is_some()) {
        return Err(out_of_range(
            "forever_allowed",
            "tokens that never expire last longer than `max_application_validity` and `max_user_validity`: \
             remove at least one of the two to allow them",
        ));
    }
    let defaults = [
        ("application_validity", Kind::Application, settings.default_validities.application),
        ("user_validity", Kind::User, settings.default_validities.user),
    ];
    let unlimited = defaults.iter().find(|(_, _, validity)| *validity == Validity::Forever);
    if let Some((setting, ..)) = unlimited.filter(|_| !policies.forever_allowed) {
        return Err(out_of_range(
            setting,
            "a default validity is unlimited: set it to a number of seconds before you forbid tokens that never expire",
        ));
    }
    if let Some((setting, ..)) = defaults.iter().find(|(_, kind, validity)| !policies.allows(*kind, *validity)) {
        return Err(out_of_range(
            setting,
            "a default validity is longer than the maximum of its kind: `application_validity` must be at most \
             `max_application_validity`, and `user_validity` at most `max_user_validity`",
        ));
    }
    Ok(())
}

fn out_of_range(setting: &'static str, text: &'static str) -> Error {
    SettingsError::OutOfRange { setting, text }.into()
}
