//! `/api/v1/apis`: what edges guard.

mod document;
mod import;

use axum::response::Response;
use postern_token::ApiReference;
use postern_token::document::{Fields, Problems};

use document::{ApiBody, ApiView};
pub(super) use import::{__path_import, import};

use super::answer::Answer;
use super::body::Body;
use super::body::ReadFields;
use super::call::Call;
use super::etag::{IfNoneMatch, Precondition};
use super::idempotency::IdempotencyKey;
use super::pagination::{Listing, Page, PageParameters};
use super::path::{NamedTwice, to};
use super::query::{Nothing, Query};
use super::revoked::RevokedView;
use super::values::flag;
use crate::problem::ApiProblem;
use postern_model::ApiRecord;
use postern_operations::{self as operations, Act, ApiChange};

/// The largest document of an API in bytes.
pub(super) const MAX_API_LEN: usize = 1024 * 1024;

/// List the APIs, by name and version
#[utoipa::path(get, path = "/api/v1/apis", tag = "apis", params(PageParameters),
    responses((status = 200, body = Listing<ApiView>)))]
pub(super) async fn list(call: Call, Query(page): Query<Page<String>>) -> Result<Response, ApiProblem> {
    let mut apis = call.read(operations::list_apis).await?;
    apis.sort_by_cached_key(ApiRecord::reference);
    let listing: Listing<ApiView> = page.cut(&apis, ApiRecord::reference);
    call.answer(Answer::told(&listing))
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
    Answer::created(&ApiView::from(api), to(&["apis", &api.document.name, &api.document.version]))
}

/// Show an API
#[utoipa::path(get, path = "/api/v1/apis/{name}/{version}", tag = "apis",
    params(("name" = String, Path, description = "The API's name"), ("version" = String, Path, description = "The API's version"),
        IfNoneMatch),
    responses((status = 200, body = ApiView), (status = 304, description = "It is as it was"),
        (status = 404, description = "`no_such_api`")))]
pub(super) async fn show(
    call: Call,
    NamedTwice(name, version): NamedTwice<String, String>,
    Query(Nothing): Query<Nothing>,
) -> Result<Response, ApiProblem> {
    let api = reference(&name, &version)?;
    let api = call.read(move |act| operations::show_api(act, &api)).await?;
    call.answer(Answer::one(&ApiView::from(&api)))
}

/// Replace an API. Its name and version stay, and edges hear of it at once
#[utoipa::path(put, path = "/api/v1/apis/{name}/{version}", tag = "apis",
    params(("name" = String, Path, description = "The API's name"), ("version" = String, Path, description = "The API's version")),
    request_body = ApiView,
    responses((status = 200, body = ApiView), (status = 404, description = "`no_such_api`"),
        (status = 409, description = "`api_renamed` or `api_overlaps`")))]
pub(super) async fn replace(
    call: Call,
    NamedTwice(name, version): NamedTwice<String, String>,
    Query(Nothing): Query<Nothing>,
    precondition: Precondition,
    body: Body<ApiBody>,
) -> Result<Response, ApiProblem> {
    let api = reference(&name, &version)?;
    let ApiRecord { document, approval } = body.value.0;
    let change = ApiChange { document: Some(document), approval: Some(approval) };
    let expected = move |api: &ApiRecord| precondition.holds(&ApiView::from(api));
    let api = call.write(move |act| operations::change_api(act, &api, change, expected)).await?;
    call.answer(Answer::one(&ApiView::from(&api)))
}

/// What an API's removal asks for.
pub(super) struct Removal {
    force: bool,
}

impl ReadFields for Removal {
    fn read(parameters: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Self> {
        Some(Self { force: flag(parameters, "force", problems) })
    }
}

/// Remove an API: no edge serves it any more
#[utoipa::path(delete, path = "/api/v1/apis/{name}/{version}", tag = "apis",
    params(("name" = String, Path, description = "The API's name"), ("version" = String, Path, description = "The API's version"),
        ("force" = inline(Option<bool>), Query, description = "Whether subscriptions to it end with it, and with them the tokens that hold \
            them; otherwise they are in the way")),
    responses((status = 200, body = RevokedView), (status = 404, description = "`no_such_api`"),
        (status = 409, description = "`api_in_use`")))]
pub(super) async fn remove(
    call: Call,
    NamedTwice(name, version): NamedTwice<String, String>,
    Query(Removal { force }): Query<Removal>,
    precondition: Precondition,
) -> Result<Response, ApiProblem> {
    let api = reference(&name, &version)?;
    let expected = move |api: &ApiRecord| precondition.holds(&ApiView::from(api));
    let revoked = call.write(move |act| operations::remove_api(act, &api, force, expected)).await?;
    call.answer(Answer::told(&RevokedView::from(revoked)))
}

fn reference(name: &str, version: &str) -> Result<ApiReference<'static>, ApiProblem> {
    ApiReference::parse(format!("{name}/{version}")).map_err(ApiProblem::nothing_called)
}
