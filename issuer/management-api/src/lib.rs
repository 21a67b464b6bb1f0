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
mod bundle;
mod bundle_keys;
mod call;
mod document;
mod edge_keys;
mod etag;
mod events;
mod extractor;
mod idempotency;
mod keys;
mod members;
mod pagination;
mod path;
mod personal_tokens;
mod problem;
mod query;
mod registration_tokens;
mod scopes;
mod settings;
mod signing_keys;
mod subscriptions;
mod tiers;
mod tokens;
mod user_stores;
mod user_tokens;
mod users;
mod values;
mod words;

pub use problem::InternalCause;

use std::sync::{Arc, LazyLock};

use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, header};
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Router};
use utoipa_axum::router::OpenApiRouter;

use postern_model::Actor;
use postern_openapi_import::MAX_OPENAPI_LEN;
use postern_operations::{Error, Instance};
use postern_secrets::Entropy;
use postern_service::Service;

/// Adds routes, each with the documentation of its handler's extractors.
macro_rules! routes {
    ($router:expr, { $($handler:path),+ $(,)? }) => {{
        let router = $router;
        $(let router = router.routes(document::route($handler, utoipa_axum::routes!($handler)));)+
        router
    }};
}

/// Every route of the API, the document at `/api/openapi.json` that describes them, and a page at `/api/docs` to try them.
pub fn routes() -> Router<Arc<Service>> {
    let (router, document) = operations();
    // Built on the first request for it: a command that calls the API in its own process never requests it.
    let document = Arc::new(LazyLock::new(move || document::finish(document.clone())));
    router
        .route("/api/openapi.json", get(async move || document::serve((**document).clone())))
        .route("/api/docs", get(document::page))
        .route("/api/docs/page.js", get(document::script))
        .route("/api/docs/page.css", get(document::style))
        .method_not_allowed_fallback(postern_http_types::method_not_allowed)
        .layer(map_response(add_security_headers))
}

/// The operations of the API: their routes, and the document of them.
fn operations() -> (Router<Arc<Service>>, utoipa::openapi::OpenApi) {
    let apis = routes!(OpenApiRouter::new(), { apis::list, apis::create, apis::show, apis::replace, apis::remove });
    let import = routes!(OpenApiRouter::new(), { apis::import });
    routes!(OpenApiRouter::with_openapi(document::head()), {
        members::show_caller,
        members::list, members::add, members::show, members::change, members::remove,
        personal_tokens::list, personal_tokens::create, personal_tokens::show, personal_tokens::remove,
        audit::list,
        events::list,
        settings::show, settings::change,
        signing_keys::list, signing_keys::create, signing_keys::show, signing_keys::sign, signing_keys::retire,
        edge_keys::list, edge_keys::create, edge_keys::show, edge_keys::remove,
        bundle_keys::list, bundle_keys::create, bundle_keys::sign, bundle_keys::remove,
        bundle::compose,
        applications::list, applications::create, applications::show, applications::change, applications::remove,
        keys::generate, keys::show, keys::change, keys::regenerate, keys::create_secret, keys::remove_secret,
        registration_tokens::list, registration_tokens::create, registration_tokens::show, registration_tokens::remove,
        tokens::list, user_tokens::list, tokens::revoke_all, tokens::revoke,
        subscriptions::list, subscriptions::create, subscriptions::show, subscriptions::change, subscriptions::remove,
        subscriptions::list_waiting,
        tiers::list, tiers::create, tiers::show, tiers::change, tiers::remove,
        user_stores::list,
        users::list, users::add, users::show, users::change, users::remove, users::reset_password,
        users::list_grants, users::end_grant,
        scopes::list, scopes::show, scopes::bind, scopes::remove, scopes::list_waiting, scopes::decide,
    })
    .merge(apis.layer(DefaultBodyLimit::max(apis::MAX_API_LEN)))
    .merge(import.layer(DefaultBodyLimit::max(MAX_OPENAPI_LEN)))
    .split_for_parts()
}

/// Adds the security headers of every response. Browsers use only the page at `/api/docs`.
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
pub fn for_operator(instance: Instance, entropy: Box<dyn Entropy>) -> Result<Router, Error> {
    let service = Arc::new(Service::for_operator(instance, entropy)?);
    let routes = routes()
        .fallback(postern_http_types::not_found)
        .method_not_allowed_fallback(postern_http_types::method_not_allowed)
        .layer(DefaultBodyLimit::max(service.options.body_bytes));
    Ok(routes.with_state(service).layer(Extension(Actor::Operator)))
}
