//! What clients can find out about the issuer (RFC 8414). Every address comes from the settings, never from the request.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::error::Problem;
use super::service::Service;
use crate::catalogue::Issuer;

/// The metadata's place (RFC 8414 section 3).
const WELL_KNOWN: &str = "/.well-known/oauth-authorization-server";

/// How clients say who they are, at every endpoint.
const AUTHENTICATION_METHODS: [&str; 2] = ["client_secret_basic", "client_secret_post"];

#[derive(Serialize)]
struct Metadata<'a> {
    issuer: &'a Issuer,
    token_endpoint: String,
    /// Required by RFC 8414 section 2; without an authorization endpoint there is none.
    response_types_supported: [&'static str; 0],
    grant_types_supported: [&'static str; 1],
    token_endpoint_auth_methods_supported: [&'static str; 2],
    jwks_uri: String,
    introspection_endpoint: String,
    introspection_endpoint_auth_methods_supported: [&'static str; 2],
    revocation_endpoint: String,
    revocation_endpoint_auth_methods_supported: [&'static str; 2],
}

/// `GET /.well-known/oauth-authorization-server`
pub(super) async fn at_root(State(service): State<Arc<Service>>) -> Response {
    metadata(&service.settings.issuer)
}

/// `GET /.well-known/oauth-authorization-server/…`, where the metadata of an issuer with a path stands (RFC 8414
/// section 3.1).
pub(super) async fn below_root(State(service): State<Arc<Service>>, uri: Uri) -> Response {
    let issuer = &service.settings.issuer;
    match uri.path().strip_prefix(WELL_KNOWN) {
        Some(path) if path == issuer.path() => metadata(issuer),
        _ => Problem::NotFound.into_plain_response(),
    }
}

fn metadata(issuer: &Issuer) -> Response {
    Json(Metadata {
        issuer,
        token_endpoint: issuer.endpoint("/oauth2/token"),
        response_types_supported: [],
        grant_types_supported: ["client_credentials"],
        token_endpoint_auth_methods_supported: AUTHENTICATION_METHODS,
        jwks_uri: issuer.endpoint("/oauth2/jwks"),
        introspection_endpoint: issuer.endpoint("/oauth2/introspect"),
        introspection_endpoint_auth_methods_supported: AUTHENTICATION_METHODS,
        revocation_endpoint: issuer.endpoint("/oauth2/revoke"),
        revocation_endpoint_auth_methods_supported: AUTHENTICATION_METHODS,
    })
    .into_response()
}
