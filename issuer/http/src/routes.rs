//! Every route there is.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{get, post};

use super::pages::{self, paths};
use super::service::Service;
use super::{
    access_log, account, api, authorize, device, device_authorization, edge_bundle, error, health, introspect, jwks, metadata,
    register, request_id, revoke, scrape, sign_in, status_list, timeout, token,
};

type Routes = Router<Arc<Service>>;

/// What clients and everybody else may ask for, and edges too where these have no place of their own.
pub(super) fn for_clients(service: &Arc<Service>, edges_too: bool) -> Router {
    let endpoints = Router::new()
        .route("/oauth2/token", post(token::issue))
        .route("/oauth2/revoke", post(revoke::revoke))
        .route("/oauth2/introspect", post(introspect::respond))
        .route("/oauth2/device_authorization", post(device_authorization::begin))
        .route("/oauth2/register", post(register::register))
        .route("/oauth2/jwks", get(jwks::fetch))
        .merge(status_lists())
        .merge(for_users())
        .layer(middleware::from_fn(timeout::limit));
    let endpoints = if edges_too { endpoints.merge(edges()) } else { endpoints };
    let routes = at_its_address(service, endpoints)
        .merge(api::routes().layer(middleware::from_fn(timeout::limit)))
        .route("/.well-known/oauth-authorization-server", get(metadata::at_root))
        .route("/.well-known/oauth-authorization-server/{*path}", get(metadata::below_root));
    finish(service, routes.merge(healths()))
}

/// What edges may ask for.
pub(super) fn for_edges(service: &Arc<Service>) -> Router {
    let endpoints = status_lists().layer(middleware::from_fn(timeout::limit)).merge(edges());
    finish(service, at_its_address(service, endpoints).merge(healths()))
}

/// What those may ask for who watch.
pub(super) fn for_watchers(service: &Arc<Service>) -> Router {
    finish(service, Router::new().route("/metrics", get(scrape::fetch)).merge(healths()))
}

/// The pages on which users sign in, consent, and see what they gave.
fn for_users() -> Routes {
    Router::new()
        .route("/oauth2/authorize", get(authorize::ask))
        .route(paths::CONSENT, post(authorize::decide))
        .route(paths::SIGN_IN, get(sign_in::show).post(sign_in::sign_in))
        .route(paths::SIGN_OUT, post(sign_in::sign_out))
        .route(paths::DEVICE, get(device::show).post(device::look))
        .route(paths::DEVICE_DECISION, post(device::decide))
        .route(paths::ACCOUNT, get(account::show))
        .route(paths::WITHDRAW, post(account::withdraw))
        .route(paths::PASSWORD, get(account::show_password).post(account::change_password))
        .merge(pages::asset_routes())
}

fn edges() -> Routes {
    // It may be held for longer than others take.
    Router::new().route("/edge/bundle", get(edge_bundle::fetch)).layer(middleware::from_fn(timeout::limit_held))
}

fn status_lists() -> Routes {
    Router::new().route("/status/{id}", get(status_list::fetch))
}

fn healths() -> Routes {
    Router::new().route("/livez", get(health::live)).route("/readyz", get(health::ready))
}

/// Addresses in tokens and metadata begin with the issuer's identifier. Where it has a path, a proxy may keep that or not.
fn at_its_address(service: &Arc<Service>, endpoints: Routes) -> Routes {
    let below = service.settings.issuer.path();
    if below.is_empty() { endpoints } else { endpoints.clone().without_v07_checks().nest(below, endpoints) }
}

fn finish(service: &Arc<Service>, routes: Routes) -> Router {
    routes
        .fallback(error::not_found)
        .method_not_allowed_fallback(error::method_not_allowed)
        .layer(DefaultBodyLimit::max(service.rules.body_bytes))
        .layer(middleware::from_fn_with_state(Arc::clone(service), access_log::record))
        .layer(middleware::from_fn_with_state(Arc::clone(service), request_id::name))
        .with_state(Arc::clone(service))
}

/// The management API alone, for one who calls it in this process.
pub(super) fn for_operator(service: &Arc<Service>) -> Router {
    api::routes()
        .fallback(error::not_found)
        .method_not_allowed_fallback(error::method_not_allowed)
        .layer(DefaultBodyLimit::max(service.rules.body_bytes))
        .with_state(Arc::clone(service))
}
