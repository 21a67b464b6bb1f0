//! Authorization server metadata (RFC 8414). Every URL comes from the settings, never from the request.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use postern_http_types::Problem;
use postern_model::{GrantType, Issuer};
use postern_operations as operations;
use postern_service::Service;

use crate::paths;

/// Authentication methods of confidential clients.
const WITH_SECRET: [&str; 2] = ["client_secret_basic", "client_secret_post"];

/// Authentication methods where public clients are allowed too.
const ANY: [&str; 3] = ["client_secret_basic", "client_secret_post", "none"];

/// The values of `prompt` that the authorization endpoint reads.
const PROMPTS: [&str; 4] = ["none", "login", "consent", "select_account"];

#[derive(Serialize)]
struct Metadata<'a> {
    issuer: &'a Issuer,
    authorization_endpoint: String,
    token_endpoint: String,
    device_authorization_endpoint: String,
    registration_endpoint: String,
    response_types_supported: [&'static str; 1],
    response_modes_supported: [&'static str; 1],
    grant_types_supported: Vec<&'static str>,
    prompt_values_supported: [&'static str; 4],
    code_challenge_methods_supported: [&'static str; 1],
    /// RFC 9207.
    authorization_response_iss_parameter_supported: bool,
    token_endpoint_auth_methods_supported: [&'static str; 3],
    jwks_uri: String,
    introspection_endpoint: String,
    introspection_endpoint_auth_methods_supported: [&'static str; 2],
    revocation_endpoint: String,
    revocation_endpoint_auth_methods_supported: [&'static str; 3],
}

/// `GET /.well-known/oauth-authorization-server`
pub(crate) async fn at_root(State(service): State<Arc<Service>>) -> Response {
    metadata(&service).await
}

/// `GET /.well-known/oauth-authorization-server/…`: the metadata of an issuer whose identifier has a path (RFC 8414 section
/// 3.1).
pub(crate) async fn below_root(State(service): State<Arc<Service>>, uri: Uri) -> Response {
    match uri.path().strip_prefix(paths::METADATA) {
        Some(path) if path == service.settings.issuer.path() => metadata(&service).await,
        _ => Problem::NotFound.into_plain_response(),
    }
}

async fn metadata(service: &Arc<Service>) -> Response {
    let issuer = &service.settings.issuer;
    let passwords = match service.read(|service| operations::is_password_grant_used(&service.act())).await {
        Ok(passwords) => passwords,
        Err(failure) => return Problem::from(failure).into_plain_response(),
    };
    let offered = GrantType::ALL.into_iter().filter(|grant_type| passwords || *grant_type != GrantType::Password);
    Json(Metadata {
        issuer,
        authorization_endpoint: issuer.endpoint(paths::AUTHORIZE),
        token_endpoint: issuer.endpoint(paths::TOKEN),
        device_authorization_endpoint: issuer.endpoint(paths::DEVICE_AUTHORIZATION),
        registration_endpoint: issuer.endpoint(paths::REGISTER),
        response_types_supported: ["code"],
        response_modes_supported: ["query"],
        grant_types_supported: offered.map(GrantType::as_str).collect(),
        prompt_values_supported: PROMPTS,
        code_challenge_methods_supported: ["S256"],
        authorization_response_iss_parameter_supported: true,
        token_endpoint_auth_methods_supported: ANY,
        jwks_uri: issuer.endpoint(paths::JWKS),
        introspection_endpoint: issuer.endpoint(paths::INTROSPECT),
        introspection_endpoint_auth_methods_supported: WITH_SECRET,
        revocation_endpoint: issuer.endpoint(paths::REVOKE),
        revocation_endpoint_auth_methods_supported: ANY,
    })
    .into_response()
}
