//! Dynamic client registration (RFC 7591), with an initial access token.

mod error;
mod metadata;

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use postern_http_types::{BearerError, bearer};
use serde::Serialize;

use crate::oauth::client_request::ClientRequest;
use error::RegistrationError;
use metadata::{Authentication, Metadata};
use postern_model::EventName;
use postern_model::RedirectUri;
use postern_operations::{Error, InitialAccessTokenError, RegisteredClient, check_registration_token, register_client};
use postern_secrets::PlainSecret;
use postern_service::Failure;
use postern_service::Service;

/// `POST /oauth2/register`
pub(crate) async fn register(State(service): State<Arc<Service>>, request: ClientRequest) -> Response {
    match act(&service, request).await {
        Ok(response) => response,
        Err(error) => error.into_response(&service.settings.issuer),
    }
}

async fn act(service: &Arc<Service>, request: ClientRequest) -> Result<Response, RegistrationError> {
    let token = initial_access_token(&request.headers)?;
    let address = request.address(service);
    // Counts by address alone: each guess is a different token.
    let guessing = service.failures.key("an initial access token", address);
    let presented = token.clone();
    let known = service.read(move |service| check_registration_token(&service.act_for_stranger(), &presented)).await;
    // A right token always passes: wrong ones from the same address must not keep it out, and it has 256 random bits.
    if let Err(Failure::Operation(Error::InitialAccessToken(InitialAccessTokenError::Invalid))) = &known {
        if let Some(wait) = service.failures.wait(guessing, Instant::now()) {
            service.metrics.throttled_clients.inc();
            service.record_refusal(EventName::Registration, "throttled", None);
            return Err(RegistrationError::TooManyFailures(wait));
        }
        service.metrics.refused_clients.inc();
        service.record_refusal(EventName::Registration, "unknown_token", None);
        service.failures.count(guessing, Instant::now());
    }
    known?;
    let metadata = read(request)?;
    let wanted = metadata.registration.clone();
    let client = service.write(move |service| register_client(&service.act_for_stranger(), &token, &wanted)).await?;
    tracing::info!(client = client.consumer_key.as_str(), application = client.application.id.as_str(), "registered a client");
    Ok(registered(&metadata, &client))
}

/// The initial access token, a bearer credential.
fn initial_access_token(headers: &HeaderMap) -> Result<PlainSecret, RegistrationError> {
    bearer(headers).map_err(|error| match error {
        BearerError::Missing => RegistrationError::MissingToken,
        BearerError::Repeated => RegistrationError::InvalidRequest("there are two `Authorization` headers"),
        BearerError::Malformed => RegistrationError::UnknownToken,
    })
}

fn read(request: ClientRequest) -> Result<Metadata, RegistrationError> {
    let body = request.body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => RegistrationError::BodyTooLarge,
        _ => RegistrationError::InvalidRequest("the body is incomplete"),
    })?;
    let content_type = request.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        return Err(RegistrationError::InvalidRequest("send the client's metadata as `content-type: application/json`"));
    }
    Metadata::read(&body).map_err(|problems| RegistrationError::of(&problems))
}

/// The client as it was registered (section 3.2.1).
fn registered(metadata: &Metadata, client: &RegisteredClient) -> Response {
    #[derive(Serialize)]
    struct Body<'a> {
        client_id: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        client_secret: Option<&'a str>,
        client_id_issued_at: u64,
        /// Always 0: the secret never expires.
        #[serde(skip_serializing_if = "Option::is_none")]
        client_secret_expires_at: Option<u64>,
        client_name: &'a str,
        redirect_uris: Vec<&'a str>,
        grant_types: Vec<&'static str>,
        response_types: Vec<&'static str>,
        token_endpoint_auth_method: Authentication,
        #[serde(skip_serializing_if = "Option::is_none")]
        scope: Option<&'a str>,
    }
    let secret = client.consumer_secret.as_ref().map(PlainSecret::expose);
    let wanted = &metadata.registration;
    let body = Body {
        client_id: client.consumer_key.as_str(),
        client_secret: secret,
        client_id_issued_at: client.application.created_at.0,
        client_secret_expires_at: secret.map(|_| 0),
        client_name: wanted.name.as_str(),
        redirect_uris: wanted.redirect_uris.iter().map(RedirectUri::as_str).collect(),
        grant_types: wanted.grant_types.iter().map(|grant_type| grant_type.as_str()).collect(),
        response_types: metadata.response_types(),
        token_endpoint_auth_method: metadata.authentication,
        scope: client.scopes.as_ref().map(postern_token::Scopes::as_str),
    };
    let mut response = (StatusCode::CREATED, Json(body)).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}
