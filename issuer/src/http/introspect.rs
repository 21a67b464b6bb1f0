//! The introspection endpoint (RFC 7662).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::error::TokenError;
use super::guarded::{Asked, ClientRequest};
use super::service::Service;
use crate::operations::{Introspection, introspect};
use crate::secrets::PlainSecret;

/// `POST /oauth2/introspect`
pub(super) async fn respond(State(service): State<Arc<Service>>, request: ClientRequest) -> Response {
    match look(&service, request).await {
        Ok(found) => answer(found.as_ref()),
        Err(error) => error.into_response(&service.settings.issuer),
    }
}

async fn look(service: &Arc<Service>, request: ClientRequest) -> Result<Option<Introspection>, TokenError> {
    let Asked { form, client, attempt } = Asked::read(service, request, |_| Ok(()))?;
    // `token_type_hint` would only say where to look first, and there is one kind of token.
    let token = form.value("token").ok_or(TokenError::InvalidRequest("`token` is missing"))?;
    let token = PlainSecret::presented(token.to_owned());
    attempt.end(service.read(move |service| introspect(&service.act_for(&client), &client, &token)).await)
}

/// What is said of a token (section 2.2): of one that is not active, nothing else.
#[derive(Serialize)]
struct Answer<'a> {
    active: bool,
    #[serde(flatten)]
    token: Option<Token<'a>>,
}

#[derive(Serialize)]
#[allow(clippy::struct_field_names, reason = "the names are the RFC's")]
struct Token<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'a str>,
    client_id: &'a str,
    token_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<u64>,
    iat: u64,
    sub: &'a str,
    aud: &'a str,
    iss: &'a str,
    jti: &'a str,
    /// Ours, as in the token itself.
    kind: &'static str,
    key_type: &'static str,
    app: &'a str,
}

fn answer(found: Option<&Introspection>) -> Response {
    let token = found.map(|Introspection { record, issuer, audience }| Token {
        scope: record.scopes().map(postern_token::Scopes::as_str),
        client_id: record.consumer_key.as_str(),
        token_type: "Bearer",
        exp: record.expires_at.map(|expires_at| expires_at.0),
        iat: record.issued_at.0,
        sub: record.consumer_key.as_str(),
        aud: audience,
        iss: issuer,
        jti: record.id.as_str(),
        kind: record.kind.as_str(),
        key_type: record.key_type.as_str(),
        app: record.application.as_str(),
    });
    let mut response = Json(Answer { active: token.is_some(), token }).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
