//! The introspection endpoint (RFC 7662).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use postern_token::{Kind, Scopes};
use serde::Serialize;

use crate::oauth::client_request::{ClientRequest, FormRequest};
use crate::oauth::error::TokenError;
use postern_model::{TokenRecord, UserId};
use postern_operations::{IntrospectedToken, Introspection, RefreshTokenDetails};
use postern_secrets::PlainSecret;
use postern_service::Service;

/// `POST /oauth2/introspect`
pub(crate) async fn respond(State(service): State<Arc<Service>>, request: ClientRequest) -> Response {
    match look(&service, request).await {
        Ok(found) => answer(found.as_ref()),
        Err(error) => error.into_response(&service.settings.issuer),
    }
}

async fn look(service: &Arc<Service>, request: ClientRequest) -> Result<Option<Introspection>, TokenError> {
    let FormRequest { form, client, attempt, .. } = FormRequest::read(service, request, |_| Ok(()))?;
    if client.secret.is_none() {
        return Err(TokenError::InvalidClient);
    }
    // `token_type_hint` is ignored: a token's form shows its type.
    let token = form.value("token").ok_or(TokenError::InvalidRequest("`token` is missing"))?;
    let token = PlainSecret::presented(token.to_owned());
    attempt.end(service.introspect(Arc::new(client), token).await)
}

/// The answer (section 2.2); for a token that is not active it says nothing else.
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
    #[serde(skip_serializing_if = "Option::is_none")]
    token_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<u64>,
    iat: u64,
    sub: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<&'a str>,
    aud: &'a str,
    iss: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    jti: Option<&'a str>,
    /// Claims of ours, as in the token.
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_type: Option<&'static str>,
    app: &'a str,
}

fn answer(found: Option<&Introspection>) -> Response {
    let token = found.map(|found| match &found.token {
        IntrospectedToken::Access(record, user) => access_token(found, record, user.as_ref()),
        IntrospectedToken::Refresh(details) => refresh_token(found, details),
    });
    let mut response = Json(Answer { active: token.is_some(), token }).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn access_token<'a>(found: &'a Introspection, record: &'a TokenRecord, user: Option<&'a UserId>) -> Token<'a> {
    Token {
        scope: record.scopes().map(Scopes::as_str),
        client_id: record.consumer_key.as_str(),
        token_type: Some("Bearer"),
        exp: record.expires_at.map(|expires_at| expires_at.0),
        iat: record.issued_at.0,
        sub: user.map_or_else(|| record.consumer_key.to_string(), ToString::to_string),
        username: user.map(|user| user.name.as_str()),
        aud: &found.audience,
        iss: &found.issuer,
        jti: Some(record.id.as_str()),
        kind: record.kind.as_str(),
        key_type: Some(record.key_type.as_str()),
        app: record.application.as_str(),
    }
}

/// `token_type` is left out: it says how a token is used at a resource (RFC 6749 section 5.1), where a refresh token is never used.
fn refresh_token<'a>(found: &'a Introspection, details: &'a RefreshTokenDetails) -> Token<'a> {
    Token {
        scope: details.grant.scopes.as_ref().map(Scopes::as_str),
        client_id: details.grant.consumer_key.as_str(),
        token_type: None,
        exp: Some(details.expires_at.0),
        iat: details.issued_at.0,
        sub: details.user.to_string(),
        username: Some(details.user.name.as_str()),
        aud: &found.audience,
        iss: &found.issuer,
        jti: None,
        kind: Kind::User.as_str(),
        key_type: None,
        app: details.grant.application.as_str(),
    }
}
