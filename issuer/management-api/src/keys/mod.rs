//! `/api/v1/applications/{id}/keys/{key_type}`: an application's key set for one environment.

mod regenerate;
mod secrets;
mod settings;
mod view;
mod warning;

use axum::response::Response;

pub(super) use regenerate::{__path_regenerate, regenerate};
pub(super) use secrets::{
    __path_create as __path_create_secret, __path_remove as __path_remove_secret, create as create_secret,
    remove as remove_secret,
};
use settings::{KeySettings, SettingsFields};
pub(super) use view::HeldScopeView;
use view::{KeysView, MintedView};

use super::answer::Answer;
use super::body::Body;
use super::call::Call;
use super::etag::{self, IfNoneMatch, Precondition};
use super::idempotency::IdempotencyKey;
use super::path::{TwoSegments, location};
use super::query::{Nothing, Query};
use super::words::{KeyTypeView, NamedKeyType};
use crate::problem::ApiProblem;
use postern_model::ApplicationId;
use postern_operations::{self as operations, Act, KeyDetails};

/// Generate an application's key set for an environment: a consumer key with its first secret, unless the client is public, and the first token
#[utoipa::path(post, path = "/api/v1/applications/{id}/keys/{key_type}", tag = "keys",
    params(("id" = String, Path, description = "The application's id"),
        ("key_type" = inline(KeyTypeView), Path, description = "The key type"), IdempotencyKey),
    request_body = SettingsFields,
    responses((status = 201, body = MintedView), (status = 404, description = "`no_such_application`"),
        (status = 409, description = "`keys_exist` or `application_blocked`"),
        (status = 422, description = "`invalid_body`, `unknown_scope`, `scope_forbidden`, `validity_too_long` or `forever_forbidden`")))]
pub(super) async fn generate(
    call: Call,
    TwoSegments(id, NamedKeyType(key_type)): TwoSegments<ApplicationId, NamedKeyType>,
    Query(Nothing): Query<Nothing>,
    body: Body<KeySettings>,
) -> Result<Response, ApiProblem> {
    let request = body.value.clone().into_request(id.clone(), key_type);
    let generate = move |act: &Act<'_>| {
        let keys = operations::generate(act, &request)?;
        let view = MintedView::new(&id, key_type, &keys.consumer_key, keys.consumer_secret.as_ref(), &keys.token, &keys.warnings);
        let location = location(&["applications", id.as_str(), "keys", key_type.as_str()]);
        Ok(Answer::created(&view, location)?.with_secret())
    };
    call.create(&body, generate).await
}

/// The revision of a key set, as its entity tag has it.
pub fn keys_revision(keys: &KeyDetails) -> Option<String> {
    let body = serde_json::to_vec(&KeysView::from(keys)).ok()?;
    Some(etag::of(&body)?.value().to_str().ok()?.to_owned())
}

/// Show an application's key set for an environment, without secrets
#[utoipa::path(get, path = "/api/v1/applications/{id}/keys/{key_type}", tag = "keys",
    params(("id" = String, Path, description = "The application's id"),
        ("key_type" = inline(KeyTypeView), Path, description = "The key type"), IfNoneMatch),
    responses((status = 200, body = KeysView), (status = 304, description = "Not modified"),
        (status = 404, description = "`no_such_application` or `no_keys`")))]
pub(super) async fn show(
    call: Call,
    TwoSegments(id, NamedKeyType(key_type)): TwoSegments<ApplicationId, NamedKeyType>,
    Query(Nothing): Query<Nothing>,
) -> Result<Response, ApiProblem> {
    let keys = call.read(move |act| operations::show_keys(act, &id, key_type)).await?;
    call.answer(Answer::resource(&KeysView::from(&keys)))
}

/// Change the settings of a key set, for tokens minted from now on. Existing tokens do not change. A scope that needs approval and that an
/// administrator adds is approved; this requires `If-Match`, because the owner may have removed the scope
#[utoipa::path(patch, path = "/api/v1/applications/{id}/keys/{key_type}", tag = "keys",
    params(("id" = String, Path, description = "The application's id"),
        ("key_type" = inline(KeyTypeView), Path, description = "The key type")),
    request_body = SettingsFields,
    responses((status = 200, body = KeysView), (status = 404, description = "`no_such_application` or `no_keys`"),
        (status = 428, description = "`precondition_required`: to add a scope that needs approval, send the key set's `ETag` in `If-Match`"),
        (status = 422, description = "`invalid_body`, `unknown_scope`, `scope_forbidden`, `validity_too_long` or `forever_forbidden`")))]
pub(super) async fn change(
    call: Call,
    TwoSegments(id, NamedKeyType(key_type)): TwoSegments<ApplicationId, NamedKeyType>,
    Query(Nothing): Query<Nothing>,
    precondition: Precondition,
    body: Body<KeySettings>,
) -> Result<Response, ApiProblem> {
    let change = move |act: &Act<'_>| {
        let expected = |keys: &KeyDetails| precondition.holds(&KeysView::from(keys));
        let changes = body.value.into_changes(precondition.names_a_version());
        operations::change_keys(act, &id, key_type, changes, expected)
    };
    let keys = call.write(change).await?;
    call.answer(Answer::resource(&KeysView::from(&keys)))
}
