//! `/api/v1/apis/{name}/{version}/openapi`: the `OpenAPI` document that an API was imported from.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::reference;
use crate::call::Call;
use crate::etag::{self, IfNoneMatch};
use crate::path::TwoSegments;
use crate::problem::ApiProblem;
use crate::query::{Nothing, Query};
use postern_operations as operations;

/// Get the `OpenAPI` document that an API was imported from, as it was sent
#[utoipa::path(get, path = "/api/v1/apis/{name}/{version}/openapi", tag = "apis",
    params(("name" = String, Path, description = "The API's name"), ("version" = String, Path, description = "The API's version"),
        IfNoneMatch),
    responses((status = 200, description = "The document", content((Object = "application/json"), (Object = "application/yaml"))),
        (status = 304, description = "Not modified"), (status = 404, description = "`no_such_api` or `no_openapi_document`")))]
pub(crate) async fn show_openapi(
    call: Call,
    TwoSegments(name, version): TwoSegments<String, String>,
    Query(Nothing): Query<Nothing>,
) -> Result<Response, ApiProblem> {
    let api = reference(&name, &version)?;
    let document = call.read(move |act| operations::show_openapi(act, &api)).await?;
    let content = document.content().ok_or_else(ApiProblem::internal)?;
    let tag = etag::of(&content).ok_or_else(ApiProblem::internal)?;
    let mut response = if call.is_known(&tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, document.format().media_type())], content).into_response()
    };
    response.headers_mut().insert(header::ETAG, tag.value());
    Ok(response)
}
