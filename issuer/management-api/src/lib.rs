//! The management API: every route of it, and the document that describes them.
//!
//! A handler says who may call it by taking a [`call::Call`], reads what it is given with [`path`], [`query`] and [`body`], runs one operation, and
//! answers with an [`answer::Answer`]. A refusal is a [`problem::ApiProblem`].

#![forbid(unsafe_code)]

mod answer;
mod apis;
mod application_view;
mod applications;
mod audit;
mod body;
mod bundle;
mod call;
mod docs;
mod document;
mod edge_keys;
mod etag;
mod idempotency;
mod keys;
mod listed;
mod me;
mod members;
mod pagination;
mod path;
mod personal_tokens;
mod problem;
mod query;
mod registration_tokens;
mod restrictions;
mod revoked;
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

pub use problem::OperatorsWords;

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, header};
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Router};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use postern_model::Actor;
use postern_openapi_import::MAX_OPENAPI_LEN;
use postern_operations::{Error, Instance};
use postern_secrets::Entropy;
use postern_service::Service;

/// Every route of the API, and the document at `/api/openapi.json`, and the page to try them at `/api/docs`.
pub fn routes() -> Router<Arc<Service>> {
    let (router, document) = describe();
    let document = document::finish(document);
    router
        .route("/api/openapi.json", get(async move || document::serve(document.clone())))
        .route("/api/docs", get(docs::page))
        .route("/api/docs/page.js", get(docs::script))
        .route("/api/docs/page.css", get(docs::style))
        .method_not_allowed_fallback(postern_http_types::method_not_allowed)
        .layer(map_response(guard))
}

fn describe() -> (Router<Arc<Service>>, utoipa::openapi::OpenApi) {
    OpenApiRouter::with_openapi(document::head())
        .routes(routes!(me::show))
        .routes(routes!(members::list, members::add))
        .routes(routes!(members::show, members::change, members::remove))
        .routes(routes!(personal_tokens::list, personal_tokens::create))
        .routes(routes!(personal_tokens::show, personal_tokens::remove))
        .routes(routes!(audit::list))
        .routes(routes!(settings::show, settings::change))
        .routes(routes!(signing_keys::list, signing_keys::create))
        .routes(routes!(signing_keys::show))
        .routes(routes!(signing_keys::sign))
        .routes(routes!(signing_keys::retire))
        .routes(routes!(edge_keys::list, edge_keys::create))
        .routes(routes!(edge_keys::show, edge_keys::remove))
        .routes(routes!(bundle::compose))
        .merge(managed())
        .merge(of_users())
        .split_for_parts()
}

/// Applications with all that is theirs, and the catalogue.
fn managed() -> OpenApiRouter<Arc<Service>> {
    let apis = OpenApiRouter::new()
        .routes(routes!(apis::list, apis::create))
        .routes(routes!(apis::show, apis::replace, apis::remove))
        .layer(DefaultBodyLimit::max(apis::MAX_API_LEN));
    let import = OpenApiRouter::new().routes(routes!(apis::import)).layer(DefaultBodyLimit::max(MAX_OPENAPI_LEN));
    OpenApiRouter::new()
        .routes(routes!(applications::list, applications::create))
        .routes(routes!(applications::show, applications::change, applications::remove))
        .routes(routes!(keys::generate, keys::show, keys::change))
        .routes(routes!(keys::regenerate))
        .routes(routes!(keys::create_secret))
        .routes(routes!(keys::remove_secret))
        .routes(routes!(registration_tokens::list, registration_tokens::create))
        .routes(routes!(registration_tokens::show, registration_tokens::remove))
        .routes(routes!(tokens::list))
        .routes(routes!(user_tokens::list))
        .routes(routes!(tokens::revoke_all))
        .routes(routes!(tokens::revoke))
        .routes(routes!(subscriptions::list, subscriptions::create))
        .routes(routes!(subscriptions::show, subscriptions::change, subscriptions::remove))
        .routes(routes!(subscriptions::list_waiting))
        .merge(apis)
        .merge(import)
        .routes(routes!(tiers::list, tiers::create))
        .routes(routes!(tiers::show, tiers::change, tiers::remove))
}

/// Users with all that is theirs, and which of them may have which scope.
fn of_users() -> OpenApiRouter<Arc<Service>> {
    OpenApiRouter::new()
        .routes(routes!(user_stores::list))
        .routes(routes!(users::list, users::add))
        .routes(routes!(users::show, users::change, users::remove))
        .routes(routes!(users::reset_password))
        .routes(routes!(users::list_grants))
        .routes(routes!(users::end_grant))
        .routes(routes!(scopes::list))
        .routes(routes!(scopes::show, scopes::bind))
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

/// The management API for a caller in this process that has the database itself: every request is the operator's and needs no credential.
pub fn for_operator(instance: Instance, entropy: Box<dyn Entropy>) -> Result<Router, Error> {
    let service = Arc::new(Service::for_operator(instance, entropy)?);
    let routes = routes()
        .fallback(postern_http_types::not_found)
        .method_not_allowed_fallback(postern_http_types::method_not_allowed)
        .layer(DefaultBodyLimit::max(service.options.body_bytes));
    Ok(routes.with_state(service).layer(Extension(Actor::Operator)))
}
