//! Every route there is.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{get, post};

use super::service::Service;
use super::{access_log, edge_bundle, error, health, introspect, jwks, metadata, revoke, status_list, timeout, token};

/// The largest body in bytes that is read.
const MAX_BODY_LEN: usize = 64 * 1024;

pub(super) fn routes(service: Arc<Service>) -> Router {
    // Addresses in tokens and metadata begin with the issuer's identifier. Where it has a path, a proxy may keep that or not.
    let endpoints = Router::new()
        .route("/oauth2/token", post(token::issue))
        .route("/oauth2/revoke", post(revoke::revoke))
        .route("/oauth2/introspect", post(introspect::respond))
        .route("/oauth2/jwks", get(jwks::fetch))
        .route("/status/{id}", get(status_list::fetch))
        .layer(middleware::from_fn(timeout::limit))
        // It may be held for longer than others take.
        .merge(Router::new().route("/edge/bundle", get(edge_bundle::fetch)).layer(middleware::from_fn(timeout::limit_held)));
    let below = service.settings.issuer.path();
    let endpoints = if below.is_empty() { endpoints } else { endpoints.clone().without_v07_checks().nest(below, endpoints) };
    endpoints
        .route("/.well-known/oauth-authorization-server", get(metadata::at_root))
        .route("/.well-known/oauth-authorization-server/{*path}", get(metadata::below_root))
        .route("/livez", get(health::live))
        .route("/readyz", get(health::ready))
        .fallback(error::not_found)
        .method_not_allowed_fallback(error::method_not_allowed)
        .layer(DefaultBodyLimit::max(MAX_BODY_LEN))
        .layer(middleware::from_fn(access_log::record))
        .with_state(service)
}
