//! `/api/v1/edge-keys`: edge keys, the credentials with which edges fetch their bundle.

use axum::response::Response;
use postern_token::document::{Fields, Problems};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::Answer;
use super::body::{Body, ReadFields};
use super::call::Call;
use super::etag::{IfNoneMatch, Precondition};
use super::idempotency::IdempotencyKey;
use super::pagination::{Listing, Page, PageParameters};
use super::path::{Segment, location};
use super::query::{Nothing, Query};
use crate::problem::ApiProblem;
use postern_model::{EdgeEnvironment, EdgeKey, EdgeName};
use postern_operations::{self as operations, Act};

/// An edge key, without the key itself
#[derive(Serialize, ToSchema)]
#[schema(as = EdgeKey)]
struct EdgeKeyView {
    /// The edge's name
    name: String,
    /// The environment whose bundle it fetches: `production`, `sandbox` or `both`. Absent: the edge key is from before edge keys
    /// had one and fetches every bundle; replace it
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    environment: Option<EdgeEnvironment>,
    /// When it was created (Unix time in seconds)
    created_at: u64,
}

impl From<&EdgeKey> for EdgeKeyView {
    fn from(key: &EdgeKey) -> Self {
        Self { name: key.name.to_string(), environment: key.environment, created_at: key.created_at.0 }
    }
}

/// A new edge key
#[derive(Serialize, ToSchema)]
struct CreatedEdgeKey {
    /// The edge's name
    name: String,
    /// The environment whose bundle it fetches
    #[schema(value_type = String)]
    environment: EdgeEnvironment,
    /// The edge key. It is shown only once
    edge_key: String,
}

/// An edge key to create
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewEdgeKey {
    /// The edge's name
    #[schema(value_type = String, min_length = 1, max_length = 255)]
    name: EdgeName,
    /// The environment whose bundle it fetches: `production` (the default), `sandbox`, or `both` for an edge that serves both
    #[schema(value_type = Option<String>, nullable = false)]
    environment: EdgeEnvironment,
}

impl ReadFields for NewEdgeKey {
    fn read(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Self> {
        let environment = fields.optional_parsed("environment", problems);
        Some(Self { name: fields.parsed("name", problems)?, environment: environment.unwrap_or_default() })
    }
}

/// List edge keys, by the edge's name
#[utoipa::path(get, path = "/api/v1/edge-keys", tag = "edges", params(PageParameters),
    responses((status = 200, body = Listing<EdgeKeyView>)))]
pub(super) async fn list(call: Call, Query(page): Query<Page<String>>) -> Result<Response, ApiProblem> {
    let keys = call.read(operations::list_edge_keys).await?;
    let listing: Listing<EdgeKeyView> = page.cut(&keys, |key| key.name.to_string());
    call.answer(Answer::ok(&listing))
}

/// Create the edge key of an edge. It is shown only once
#[utoipa::path(post, path = "/api/v1/edge-keys", tag = "edges", params(IdempotencyKey), request_body = NewEdgeKey,
    responses((status = 201, body = CreatedEdgeKey), (status = 409, description = "`edge_key_exists`")))]
pub(super) async fn create(call: Call, Query(Nothing): Query<Nothing>, body: Body<NewEdgeKey>) -> Result<Response, ApiProblem> {
    let NewEdgeKey { name, environment } = &body.value;
    let (name, environment) = (name.clone(), *environment);
    let create = move |act: &Act<'_>| {
        let key = operations::create_edge_key(act, &name, environment)?;
        let view = CreatedEdgeKey { name: name.to_string(), environment, edge_key: key.expose().to_owned() };
        Ok(Answer::created(&view, location(&["edge-keys", name.as_str()]))?.with_secret())
    };
    call.create(&body, create).await
}

/// Show an edge key, without the key itself
#[utoipa::path(get, path = "/api/v1/edge-keys/{name}", tag = "edges",
    params(("name" = String, Path, description = "The edge's name"), IfNoneMatch),
    responses((status = 200, body = EdgeKeyView), (status = 304), (status = 404, description = "`no_such_edge_key`")))]
pub(super) async fn show(
    call: Call,
    Segment(name): Segment<EdgeName>,
    Query(Nothing): Query<Nothing>,
) -> Result<Response, ApiProblem> {
    let key = call.read(move |act| operations::show_edge_key(act, &name)).await?;
    call.answer(Answer::resource(&EdgeKeyView::from(&key)))
}

/// Remove an edge key. The edge keeps the bundle that it fetched last
#[utoipa::path(delete, path = "/api/v1/edge-keys/{name}", tag = "edges",
    params(("name" = String, Path, description = "The edge's name")),
    responses((status = 204), (status = 404, description = "`no_such_edge_key`")))]
pub(super) async fn remove(
    call: Call,
    Segment(name): Segment<EdgeName>,
    Query(Nothing): Query<Nothing>,
    precondition: Precondition,
) -> Result<Response, ApiProblem> {
    let expected = move |key: &EdgeKey| precondition.holds(&EdgeKeyView::from(key));
    call.write(move |act| operations::remove_edge_key(act, &name, expected)).await?;
    Ok(Answer::no_content())
}
