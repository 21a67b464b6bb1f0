//! `/api/v1/apis`: what edges guard.

mod document;
mod import;

use axum::response::Response;
use postern_token::ApiReference;
use postern_token::bundle::{At, Problems};

use document::{ApiBody, ApiView};
pub(super) use import::{__path_import, import};

use super::answer::Answer;
use super::body::Body;
use super::call::Call;
use super::etag::{IfMatch, IfNoneMatch};
use super::idempotency::IdempotencyKey;
use super::pagination::{Listing, Page, PageParameters};
use super::path::NamedTwice;
use super::query::{Nothing, Parameters, Query, ReadQuery};
use super::revoked::RevokedView;
use crate::error::ApiProblem;
use postern_model::ApiRecord;
use postern_operations::{self as operations, Act, ApiChange};

/// The largest document of an API in bytes.
pub(super) const MAX_API_LEN: usize = 1024 * 1024;

/// List the APIs, by name and version
#[utoipa::path(get, path = "/api/v1/apis", tag = "apis", operation_id = "list_apis", params(PageParameters),
    responses((status = 200, body = Listing<ApiView>)))]
pub(super) async fn list(call: Call, Query(page): Query<Page<String>>) -> Result<Response, ApiProblem> {
    let mut apis = call.read(operations::list_apis).await?;
    apis.sort_by_cached_key(ApiRecord::reference);
    let listing: Listing<ApiView> = page.cut(&apis, ApiRecord::reference);
    call.answer(Answer::told(&listing))
}

/// Add an API
#[utoipa::path(post, path = "/api/v1/apis", tag = "apis", operation_id = "add_api", params(IdempotencyKey), request_body = ApiView,
    responses((status = 201, body = ApiView), (status = 409, description = "`api_exists` or `api_overlaps`")))]
pub(super) async fn create(call: Call, Query(Nothing): Query<Nothing>, body: Body<ApiBody>) -> Result<Response, ApiProblem> {
    let api = body.value.0.clone();
    call.create(&body, move |act| add(act, &api)).await
}

fn add(act: &Act<'_>, api: &ApiRecord) -> Result<Answer, operations::Error> {
    operations::add_api(act, api)?;
    Answer::created(&ApiView::from(api), format!("/api/v1/apis/{}", api.reference()))
}

/// Show an API
#[utoipa::path(get, path = "/api/v1/apis/{name}/{version}", tag = "apis", operation_id = "show_api",
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
#[utoipa::path(put, path = "/api/v1/apis/{name}/{version}", tag = "apis", operation_id = "replace_api",
    params(("name" = String, Path, description = "The API's name"), ("version" = String, Path, description = "The API's version"),
        IfMatch),
    request_body = ApiView,
    responses((status = 200, body = ApiView), (status = 404, description = "`no_such_api`"),
        (status = 409, description = "`api_renamed` or `api_overlaps`"), (status = 412, description = "`changed`")))]
pub(super) async fn replace(
    call: Call,
    NamedTwice(name, version): NamedTwice<String, String>,
    Query(Nothing): Query<Nothing>,
    body: Body<ApiBody>,
) -> Result<Response, ApiProblem> {
    let (api, precondition) = (reference(&name, &version)?, call.precondition()?);
    let ApiRecord { document, approval } = body.value.0;
    let change = ApiChange { document: Some(document), approval: Some(approval) };
    let replace = move |act: &Act<'_>| operations::change_api(act, &api, change, |api| precondition.holds(&ApiView::from(api)));
    let api = call.write(replace).await?;
    call.answer(Answer::one(&ApiView::from(&api)))
}

/// What an API's removal asks for.
pub(super) struct Removal {
    force: bool,
}

impl ReadQuery for Removal {
    fn read(parameters: &mut Parameters, problems: &mut Problems) -> Option<Self> {
        Some(Self { force: flag(parameters, "force", problems) })
    }
}

/// Remove an API: no edge serves it any more
#[utoipa::path(delete, path = "/api/v1/apis/{name}/{version}", tag = "apis", operation_id = "remove_api",
    params(("name" = String, Path, description = "The API's name"), ("version" = String, Path, description = "The API's version"),
        ("force" = inline(Option<bool>), Query, description = "Whether subscriptions to it end with it, and with them the tokens that hold \
            them; otherwise they are in the way")),
    responses((status = 200, body = RevokedView), (status = 404, description = "`no_such_api`"),
        (status = 409, description = "`api_in_use`")))]
pub(super) async fn remove(
    call: Call,
    NamedTwice(name, version): NamedTwice<String, String>,
    Query(Removal { force }): Query<Removal>,
) -> Result<Response, ApiProblem> {
    let api = reference(&name, &version)?;
    let precondition = call.precondition()?;
    let remove = move |act: &Act<'_>| {
        precondition.check(&ApiView::from(&operations::show_api(act, &api)?))?;
        operations::remove_api(act, &api, force)
    };
    let revoked = call.write(move |act| operations::in_one_transaction(act, remove)).await?;
    call.answer(Answer::told(&RevokedView::from(revoked)))
}

/// A parameter that is `true` or `false`; absent means the latter.
fn flag(parameters: &mut Parameters, name: &'static str, problems: &mut Problems) -> bool {
    let word: Option<String> = parameters.optional(name, problems);
    match word.as_deref() {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => {
            problems.push(At::Root.field(name), "must be `true` or `false`");
            false
        }
    }
}

fn reference(name: &str, version: &str) -> Result<ApiReference<'static>, ApiProblem> {
    ApiReference::parse(format!("{name}/{version}")).map_err(ApiProblem::nothing_called)
}
