//! The management API: every route of it, and the document that describes them.
//!
//! A handler says who may call it by taking a [`call::Call`], reads what it is given with [`path`], [`query`] and [`body`], runs one operation, and
//! answers with an [`answer::Answer`]. What refuses a request is in `crate::http::error`.

mod answer;
mod body;
mod call;
mod document;
mod edge_keys;
mod etag;
mod idempotency;
mod me;
mod pagination;
mod path;
mod query;

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::get;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::error;
use super::service::Service;

/// Every route of the API, and the document at `/api/openapi.json`.
pub(super) fn routes() -> Router<Arc<Service>> {
    let (router, document) = OpenApiRouter::with_openapi(document::head())
        .routes(routes!(me::show))
        .routes(routes!(edge_keys::list, edge_keys::create))
        .routes(routes!(edge_keys::remove))
        .split_for_parts();
    let document = document::finish(document);
    router
        .route("/api/openapi.json", get(move || document::serve(document.clone())))
        .method_not_allowed_fallback(error::method_not_allowed)
        .layer(map_response(guard))
}

/// What every answer says to browsers, which have no business here but for the page at `/api/docs`.
async fn guard(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        // What depends on who asks is kept by nobody on the way.
        (header::CACHE_CONTROL, "private, no-cache"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}
