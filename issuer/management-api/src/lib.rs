//! The management API: its routes, and the `OpenAPI` document that describes them.
//!
//! A handler takes a [`call::Call`], the authenticated caller; reads the request with [`path`], [`query`] and [`body`]; runs one operation; and
//! answers with an [`answer::Answer`] or a [`problem::ApiProblem`].

#![forbid(unsafe_code)]

mod answer;
mod apis;
mod application_view;
mod applications;
mod audit;
mod body;
mod branding;
mod bundle;
mod bundle_keys;
mod call;
mod document;
mod edge_keys;
mod edges;
mod etag;
mod events;
mod extractor;
mod groups;
mod idempotency;
mod keys;
mod member_requests;
mod members;
mod pagination;
mod path;
mod personal_tokens;
mod problem;
mod query;
mod registration_tokens;
mod scopes;
mod settings;
mod shown;
mod signing_keys;
mod subscriptions;
mod teams;
mod tiers;
mod tokens;
mod usage;
mod user_stores;
mod user_tokens;
mod users;
mod values;
mod words;

pub use apis::{api_import, api_revision};
pub use keys::keys_revision;
pub use problem::{InternalCause, refusal_message};
pub use shown::{shown_api, shown_imported_api, shown_scope, shown_tier};

use std::sync::{Arc, LazyLock, OnceLock};

use axum::Router;
use axum::body::Bytes;
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::get;
use tower::ServiceExt as _;
use utoipa_axum::router::OpenApiRouter;

use crate::groups::GROUPS;
use postern_operations::{Error, Instance};
use postern_secrets::Entropy;
use postern_service::Service;

/// Every route of the API, and the document at `/api/openapi.json` that describes them.
pub fn routes() -> Router<Arc<Service>> {
    let (router, _) = operations();
    router
        .route("/api/openapi.json", get(async || document::serve(openapi_document())))
        .method_not_allowed_fallback(postern_http_types::method_not_allowed)
        .layer(map_response(add_security_headers))
}

/// The `OpenAPI` document that describes the API, in JSON.
pub fn openapi_document() -> Bytes {
    // Built on the first request for it: a command that calls the API in its own process never requests it.
    static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| document::finish(operations().1));
    DOCUMENT.clone()
}

/// The operations of the API: their routes, and the document of them.
fn operations() -> (Router<Arc<Service>>, utoipa::openapi::OpenApi) {
    let all = GROUPS.iter().map(|group| (group.routes)());
    all.fold(OpenApiRouter::with_openapi(document::head()), OpenApiRouter::merge).split_for_parts()
}

/// Adds the security headers of every response.
async fn add_security_headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        // Answers depend on the caller, so shared caches must not store them.
        (header::CACHE_CONTROL, "private, no-cache"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// The management API for a caller in the same process, which has the database: every request acts as the operator, without a credential.
/// Only the routes that a request needs are built, because a command sends few requests.
pub fn for_operator(instance: Instance, entropy: Box<dyn Entropy>) -> Result<Router, Error> {
    let service = Arc::new(Service::for_operator(instance, entropy)?);
    let built: Arc<[OnceLock<Router>]> = GROUPS.iter().map(|_| OnceLock::new()).collect();
    let answer = async move |request: Request| {
        let path = request.uri().path();
        let found = GROUPS.iter().zip(&*built).find(|(group, _)| group.holds(path));
        let Some((group, router)) = found else { return postern_http_types::not_found().await };
        let router = router.get_or_init(|| group.for_operator(&service));
        let Ok(response) = router.clone().oneshot(request).await;
        response
    };
    Ok(Router::new().fallback(answer))
}
