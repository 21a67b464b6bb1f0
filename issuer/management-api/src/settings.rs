//! `/api/v1/settings`: what holds for the whole issuer.

use axum::response::Response;
use postern_token::document::{Fields, Problems};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::Answer;
use super::body::{Body, ReadFields};
use super::call::Call;
use super::etag::{IfNoneMatch, Precondition};
use super::query::{Nothing, Query};
use super::values::{Whole, validity, whole};
use crate::problem::ApiProblem;
use postern_model::Settings;
use postern_operations::{self as operations, PolicyChange, SettingsChange};

/// What holds for the whole issuer
#[derive(Serialize, ToSchema)]
#[schema(as = Settings)]
struct SettingsView {
    /// The issuer's identifier, which stands in tokens
    issuer: String,
    /// What stands in every token's `aud`
    audience: String,
    /// How many seconds application tokens of new applications last, negative for ever
    application_validity: i64,
    /// How many seconds user tokens of new applications last, negative for ever
    user_validity: i64,
    /// Whether a token may never expire
    forever_allowed: bool,
    /// When no more than this share of a token's validity remains, in percent, a grant mints a new token instead of answering with
    /// the live one
    renew_below_percent: u8,
    /// After how many seconds a signing key is followed by the next; absent when keys change on command alone
    #[serde(skip_serializing_if = "Option::is_none")]
    key_rotation: Option<u64>,
    /// For how many seconds a new signing key is published before it signs
    key_publish_ahead: u64,
    /// For how many seconds a refresh token counts that is not used
    refresh_idle: u64,
    /// For how many seconds what a user gave an application lasts at most, however often it is renewed
    refresh_lifetime: u64,
    /// For how many seconds a user stays signed in who does nothing
    session_idle: u64,
    /// For how many seconds a user stays signed in at most
    session_lifetime: u64,
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
            renew_below_percent: policies.renew_below_percent,
            key_rotation: policies.key_rotation,
            key_publish_ahead: policies.key_publish_ahead,
            refresh_idle: policies.refresh_idle,
            refresh_lifetime: policies.refresh_lifetime,
            session_idle: policies.session_idle,
            session_lifetime: policies.session_lifetime,
        }
    }
}

/// What is to be changed; what is absent stays
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "it documents fields that are read into what the operation takes")]
pub(super) struct ChangedSettings {
    /// How many seconds application tokens of new applications last, negative for ever
    #[schema(nullable = false, maximum = 3_153_600_000_i64)]
    application_validity: Option<i64>,
    /// How many seconds user tokens of new applications last, negative for ever
    #[schema(nullable = false, maximum = 3_153_600_000_i64)]
    user_validity: Option<i64>,
    /// Whether a token may never expire
    #[schema(nullable = false)]
    forever_allowed: Option<bool>,
    /// The share of a token's validity in percent below which a grant mints a new one
    #[schema(nullable = false, minimum = 0, maximum = 100)]
    renew_below_percent: Option<u8>,
    /// After how many seconds a signing key is followed by the next, at least 3600; `null` for on command alone
    #[schema(minimum = 3600)]
    key_rotation: Option<u64>,
    /// For how many seconds a new signing key is published before it signs
    #[schema(nullable = false)]
    key_publish_ahead: Option<u64>,
    /// For how many seconds a refresh token counts that is not used
    #[schema(nullable = false, minimum = 60, maximum = 315_360_000)]
    refresh_idle: Option<u64>,
    /// For how many seconds what a user gave an application lasts at most, however often it is renewed
    #[schema(nullable = false, minimum = 60, maximum = 315_360_000)]
    refresh_lifetime: Option<u64>,
    /// For how many seconds a user stays signed in who does nothing
    #[schema(nullable = false, minimum = 60, maximum = 315_360_000)]
    session_idle: Option<u64>,
    /// For how many seconds a user stays signed in at most
    #[schema(nullable = false, minimum = 60, maximum = 315_360_000)]
    session_lifetime: Option<u64>,
}

/// A change as it is read.
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
                renew_below_percent,
                key_rotation: fields.change("key_rotation", problems).map(|seconds| seconds.map(|Whole(seconds)| seconds)),
                key_publish_ahead: whole(fields, "key_publish_ahead", problems),
                refresh_idle: whole(fields, "refresh_idle", problems),
                refresh_lifetime: whole(fields, "refresh_lifetime", problems),
                session_idle: whole(fields, "session_idle", problems),
                session_lifetime: whole(fields, "session_lifetime", problems),
            },
        }))
    }
}

/// Show what holds for the whole issuer
#[utoipa::path(get, path = "/api/v1/settings", tag = "settings", params(IfNoneMatch),
    responses((status = 200, body = SettingsView), (status = 304)))]
pub(super) async fn show(call: Call, Query(Nothing): Query<Nothing>) -> Result<Response, ApiProblem> {
    let settings = call.read(operations::load_settings).await?;
    call.answer(Answer::one(&SettingsView::from(&settings)))
}

/// Change what holds for the whole issuer; applications that exist keep their validities
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
    call.answer(Answer::one(&SettingsView::from(&settings)))
}
