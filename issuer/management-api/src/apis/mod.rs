//! `/api/v1/apis`: the APIs that edges guard.

mod document;
mod import;
mod openapi;

use axum::response::Response;
use postern_token::ApiReference;
use postern_token::document::{Fields, Problems};

pub(super) use document::{ApiBody, ApiView};
pub(super) use import::{__path_import, import, text_of};
pub use import::{api_import, api_revision};
pub(super) use openapi::{__path_show_openapi, show_openapi};

use super::answer::Answer;
use super::body::{Body, ReadFields};
use super::call::Call;
use super::etag::{IfNoneMatch, Precondition};
use super::idempotency::IdempotencyKey;
use super::pagination::{Listing, Page, PageParameters};
use super::path::{TwoSegments, location};
use super::query::{Nothing, Query};
use super::tokens::RevokedView;
use super::values::flag;
use crate::problem::ApiProblem;
use postern_model::ApiRecord;
use postern_operations::{self as operations, Act, ApiChange};

/// The maximum size of an API's document in bytes.
pub(super) const MAX_API_LEN: usize = 1024 * 1024;

/// List APIs, by name and version
#[utoipa::path(get, path = "/api/v1/apis", tag = "apis", params(PageParameters),
    responses((status = 200, body = Listing<ApiView>)))]
pub(super) async fn list(call: Call, Query(page): Query<Page<String>>) -> Result<Response, ApiProblem> {
    let mut apis = call.read(operations::list_apis).await?;
    apis.sort_by_cached_key(ApiRecord::reference);
    let listing: Listing<ApiView> = page.cut(&apis, ApiRecord::reference);
    call.answer(Answer::ok(&listing))
}

/// Add an API
#[utoipa::path(post, path = "/api/v1/apis", tag = "apis", params(IdempotencyKey), request_body = ApiView,
    responses((status = 201, body = ApiView), (status = 409, description = "`api_exists` or `api_overlaps`")))]
pub(super) async fn create(call: Call, Query(Nothing): Query<Nothing>, body: Body<ApiBody>) -> Result<Response, ApiProblem> {
    let api = body.value.0.clone();
    call.create(&body, move |act| add(act, &api)).await
}

fn add(act: &Act<'_>, api: &ApiRecord) -> Result<Answer, operations::Error> {
    operations::add_api(act, api)?;
    Answer::created(&ApiView::from(api), location(&["apis", &api.document.name, &api.document.version]))
}

/// Show an API
#[utoipa::path(get, path = "/api/v1/apis/{name}/{version}", tag = "apis",
    params(("name" = String, Path, description = "The API's name"), ("version" = String, Path, description = "The API's version"),
        IfNoneMatch),
    responses((status = 200, body = ApiView), (status = 304, description = "Not modified"),
        (status = 404, description = "`no_such_api`")))]
pub(super) async fn show(
    call: Call,
    TwoSegments(name, version): TwoSegments<String, String>,
    Query(Nothing): Query<Nothing>,
) -> Result<Response, ApiProblem> {
    let api = reference(&name, &version)?;
    let api = call.read(move |act| operations::show_api(act, &api)).await?;
    call.answer(Answer::resource(&ApiView::from(&api)))
}

/// Replace an API. Its name and version stay. Edges get the change at once
#[utoipa::path(put, path = "/api/v1/apis/{name}/{version}", tag = "apis",
    params(("name" = String, Path, description = "The API's name"), ("version" = String, Path, description = "The API's version")),
    request_body = ApiView,
    responses((status = 200, body = ApiView), (status = 404, description = "`no_such_api`"),
        (status = 409, description = "`api_renamed` or `api_overlaps`")))]
pub(super) async fn replace(
    call: Call,
    TwoSegments(name, version): TwoSegments<String, String>,
    Query(Nothing): Query<Nothing>,
    precondition: Precondition,
    body: Body<ApiBody>,
) -> Result<Response, ApiProblem> {
    let api = reference(&name, &version)?;
    let ApiRecord { document, approval, tiers, text } = body.value.0;
    let change = ApiChange { document: Some(document), approval: Some(approval), tiers: Some(tiers), text: Some(text) };
    let expected = move |api: &ApiRecord| precondition.holds(&ApiView::from(api));
    let api = call.write(move |act| operations::change_api(act, &api, change, expected)).await?;
    call.answer(Answer::resource(&ApiView::from(&api)))
}

/// The query of an API's removal.
pub(super) struct RemovalQuery {
    force: bool,
}

impl ReadFields for RemovalQuery {
    fn read(parameters: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Self> {
        Some(Self { force: flag(parameters, "force", problems) })
    }
}

/// Remove an API. Edges stop serving it
#[utoipa::path(delete, path = "/api/v1/apis/{name}/{version}", tag = "apis",
    params(("name" = String, Path, description = "The API's name"), ("version" = String, Path, description = "The API's version"),
        ("force" = inline(Option<bool>), Query, description = "Remove it even if it has subscriptions: end these and revoke the tokens \
            that include them")),
    responses((status = 200, body = RevokedView), (status = 404, description = "`no_such_api`"),
        (status = 409, description = "`api_in_use`")))]
pub(super) async fn remove(
    call: Call,
    TwoSegments(name, version): TwoSegments<String, String>,
    Query(RemovalQuery { force }): Query<RemovalQuery>,
    precondition: Precondition,
) -> Result<Response, ApiProblem> {
    let api = reference(&name, &version)?;
    let expected = move |api: &ApiRecord| precondition.holds(&ApiView::from(api));
    let revoked = call.write(move |act| operations::remove_api(act, &api, force, expected)).await?;
    call.answer(Answer::ok(&RevokedView::from(revoked)))
}

fn reference(name: &str, version: &str) -> Result<ApiReference<'static>, ApiProblem> {
    ApiReference::parse(format!("{name}/{version}")).map_err(ApiProblem::no_resource)
}
