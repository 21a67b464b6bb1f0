//! `/api/v1/settings`: the settings of the issuer.

use axum::response::Response;
use postern_token::document::{Fields, Problems};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::Answer;
use super::body::{Body, ReadFields};
use super::call::Call;
use super::etag::{IfNoneMatch, Precondition};
use super::query::{Nothing, Query};
use super::values::{validity, whole, whole_or_null};
use crate::problem::ApiProblem;
use postern_model::{DeveloperRegistration, SecondFactorPolicy, Settings};
use postern_operations::{self as operations, PolicyChange, SettingsChange};

/// The settings of the issuer
#[derive(Serialize, ToSchema)]
#[schema(as = Settings)]
struct SettingsView {
    /// The issuer's identifier, the claim `iss` of tokens
    issuer: String,
    /// The audience, the claim `aud` of tokens
    audience: String,
    /// Default validity in seconds of application tokens, for new applications. Negative: they never expire
    application_validity: i64,
    /// Default validity in seconds of user tokens, for new applications. Negative: they never expire
    user_validity: i64,
    /// Whether tokens without expiry are allowed
    forever_allowed: bool,
    /// Maximum validity in seconds of application tokens. Absent: none. A token without expiry lasts longer than any maximum
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    max_application_validity: Option<u64>,
    /// Maximum validity in seconds of user tokens. Absent: none
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    max_user_validity: Option<u64>,
    /// When at most this share of a token's validity remains, in percent, a grant mints a new token instead of returning
    /// the current one
    renew_below_percent: u8,
    /// Seconds after which the next signing key takes over. Absent: keys are rotated only on request
    #[serde(skip_serializing_if = "Option::is_none")]
    key_rotation: Option<u64>,
    /// Seconds for which a new signing key is published before it signs
    key_publish_ahead: u64,
    /// Seconds after which an unused refresh token expires
    refresh_idle: u64,
    /// Maximum lifetime of a user's grant in seconds, however often it is renewed
    refresh_lifetime: u64,
    /// Seconds in which a used refresh token may be used again, as long as its successor has not been used
    refresh_grace: u64,
    /// Seconds of inactivity after which a user's session ends
    session_idle: u64,
    /// Maximum lifetime of a user's session in seconds
    session_lifetime: u64,
    /// Whether users may become developers by themselves
    developer_registration: DeveloperRegistrationView,
    /// Whether users of local stores sign in with a second factor
    second_factor: SecondFactorPolicyView,
}

/// Whether users of local stores sign in with a second factor: a code of an authenticator app
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SecondFactorPolicy)]
#[serde(rename_all = "lowercase")]
enum SecondFactorPolicyView {
    /// No one is asked for a code, and no one can set up a second factor. Those that exist are kept
    Off,
    /// Each user decides
    Optional,
    /// A user without a second factor sets one up while signing in
    Required,
}

impl From<SecondFactorPolicy> for SecondFactorPolicyView {
    fn from(value: SecondFactorPolicy) -> Self {
        match value {
            SecondFactorPolicy::Off => Self::Off,
            SecondFactorPolicy::Optional => Self::Optional,
            SecondFactorPolicy::Required => Self::Required,
        }
    }
}

/// Whether users may become members with the role `developer` by themselves
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DeveloperRegistration)]
#[serde(rename_all = "lowercase")]
enum DeveloperRegistrationView {
    /// They may not
    Off,
    /// They ask, and an administrator approves
    Approval,
    /// They become developers at once
    Open,
}

impl From<DeveloperRegistration> for DeveloperRegistrationView {
    fn from(value: DeveloperRegistration) -> Self {
        match value {
            DeveloperRegistration::Off => Self::Off,
            DeveloperRegistration::Approval => Self::Approval,
            DeveloperRegistration::Open => Self::Open,
        }
    }
}

impl From<&Settings> for SettingsView {
    fn from(settings: &Settings) -> Self {
        let Settings { issuer, audience, default_validities, policies } = settings;
        Self {
            issuer: issuer.as_str().to_owned(),
            audience: audience.as_str().to_owned(),
            application_validity: default_validities.application.as_seconds(),
            user_validity: default_validities.user.as_seconds(),
            forever_allowed: policies.forever_allowed,
            max_application_validity: policies.max_application_validity,
            max_user_validity: policies.max_user_validity,
            renew_below_percent: policies.renew_below_percent,
            key_rotation: policies.key_rotation,
            key_publish_ahead: policies.key_publish_ahead,
            refresh_idle: policies.refresh_idle,
            refresh_lifetime: policies.refresh_lifetime,
            refresh_grace: policies.refresh_grace,
            session_idle: policies.session_idle,
            session_lifetime: policies.session_lifetime,
            developer_registration: policies.developer_registration.into(),
            second_factor: policies.second_factor.into(),
        }
    }
}

/// A change. Absent fields stay unchanged
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "it documents fields that are read into what the operation takes")]
pub(super) struct ChangedSettings {
    /// Default validity in seconds of application tokens, for new applications. Negative: they never expire
    #[schema(nullable = false, maximum = 3_153_600_000_i64)]
    application_validity: Option<i64>,
    /// Default validity in seconds of user tokens, for new applications. Negative: they never expire
    #[schema(nullable = false, maximum = 3_153_600_000_i64)]
    user_validity: Option<i64>,
    /// Whether tokens without expiry are allowed. They also need a kind of token without a maximum validity
    #[schema(nullable = false)]
    forever_allowed: Option<bool>,
    /// Maximum validity in seconds of application tokens; `null`: none. Clients with a longer setting get tokens of this validity
    #[schema(minimum = 1, maximum = 3_153_600_000_i64)]
    max_application_validity: Option<u64>,
    /// Maximum validity in seconds of user tokens; `null`: none
    #[schema(minimum = 1, maximum = 3_153_600_000_i64)]
    max_user_validity: Option<u64>,
    /// The share of a token's validity, in percent, at or below which a grant mints a new token
    #[schema(nullable = false, minimum = 0, maximum = 100)]
    renew_below_percent: Option<u8>,
    /// Seconds after which the next signing key takes over, at least 3600; `null`: keys are rotated only on request
    #[schema(minimum = 3600)]
    key_rotation: Option<u64>,
    /// Seconds for which a new signing key is published before it signs
    #[schema(nullable = false)]
    key_publish_ahead: Option<u64>,
    /// Seconds after which an unused refresh token expires
    #[schema(nullable = false, minimum = 60, maximum = 315_360_000)]
    refresh_idle: Option<u64>,
    /// Maximum lifetime of a user's grant in seconds, however often it is renewed
    #[schema(nullable = false, minimum = 60, maximum = 315_360_000)]
    refresh_lifetime: Option<u64>,
    /// Seconds in which a used refresh token may be used again, as long as its successor has not been used; 0: never
    #[schema(nullable = false, minimum = 0, maximum = 600)]
    refresh_grace: Option<u64>,
    /// Seconds of inactivity after which a user's session ends
    #[schema(nullable = false, minimum = 60, maximum = 315_360_000)]
    session_idle: Option<u64>,
    /// Maximum lifetime of a user's session in seconds
    #[schema(nullable = false, minimum = 60, maximum = 315_360_000)]
    session_lifetime: Option<u64>,
    /// Whether users may become developers by themselves
    #[schema(nullable = false)]
    developer_registration: Option<DeveloperRegistrationView>,
    /// Whether users of local stores sign in with a second factor
    #[schema(nullable = false)]
    second_factor: Option<SecondFactorPolicyView>,
}

/// A change of the settings.
pub(super) struct Change(SettingsChange);

impl ReadFields for Change {
    fn read(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Self> {
        let percent = whole(fields, "renew_below_percent", problems);
        let renew_below_percent = percent.map(|percent| u8::try_from(percent).unwrap_or(u8::MAX));
        if renew_below_percent.is_some_and(|percent| percent > 100) {
            fields.problem("renew_below_percent", "must be 0 to 100", problems);
        }
        Some(Self(SettingsChange {
            application_validity: validity(fields, "application_validity", problems),
            user_validity: validity(fields, "user_validity", problems),
            policies: PolicyChange {
                forever_allowed: fields.optional("forever_allowed", problems),
                max_application_validity: whole_or_null(fields, "max_application_validity", problems),
                max_user_validity: whole_or_null(fields, "max_user_validity", problems),
                renew_below_percent,
                key_rotation: whole_or_null(fields, "key_rotation", problems),
                key_publish_ahead: whole(fields, "key_publish_ahead", problems),
                refresh_idle: whole(fields, "refresh_idle", problems),
                refresh_lifetime: whole(fields, "refresh_lifetime", problems),
                refresh_grace: whole(fields, "refresh_grace", problems),
                session_idle: whole(fields, "session_idle", problems),
                session_lifetime: whole(fields, "session_lifetime", problems),
                developer_registration: fields.optional_parsed("developer_registration", problems),
                second_factor: fields.optional_parsed("second_factor", problems),
            },
        }))
    }
}

/// Show the settings of the issuer
#[utoipa::path(get, path = "/api/v1/settings", tag = "settings", params(IfNoneMatch),
    responses((status = 200, body = SettingsView), (status = 304)))]
pub(super) async fn show(call: Call, Query(Nothing): Query<Nothing>) -> Result<Response, ApiProblem> {
    let settings = call.read(operations::load_settings).await?;
    call.answer(Answer::resource(&SettingsView::from(&settings)))
}

/// Change the settings of the issuer. Existing applications keep their validities
#[utoipa::path(patch, path = "/api/v1/settings", tag = "settings", request_body = ChangedSettings,
    responses((status = 200, body = SettingsView),
        (status = 422, description = "`invalid_body`, `forever_forbidden` or `policy_out_of_range`")))]
pub(super) async fn change(
    call: Call,
    Query(Nothing): Query<Nothing>,
    precondition: Precondition,
    body: Body<Change>,
) -> Result<Response, ApiProblem> {
    let Change(change) = body.value;
    let expected = move |settings: &Settings| precondition.holds(&SettingsView::from(settings));
    let settings = call.write(move |act| operations::change_settings(act, &change, expected)).await?;
    call.answer(Answer::resource(&SettingsView::from(&settings)))
}
