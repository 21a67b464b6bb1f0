//! The token endpoint (RFC 6749 section 3.2): one file for each grant type.

mod authorization_code;
mod client_credentials;
mod device_code;
mod parameters;
mod password;
mod refresh_token;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::oauth::client_request::{ClientAttempt, ClientRequest, FormRequest};
use crate::oauth::error::TokenError;
use postern_http_types::Form;
use postern_model::GrantType;
use postern_operations::{MintedToken, MintedUserToken};
use postern_secrets::PlainSecret;
use postern_service::Failure;
use postern_service::Service;
use postern_service::TokenOutcome;

/// `POST /oauth2/token`
pub(crate) async fn issue(State(service): State<Arc<Service>>, request: ClientRequest) -> Response {
    match grant(&service, request).await {
        Ok(granted) => success(&granted),
        Err(error) => error.into_response(&service.settings.issuer),
    }
}

async fn grant(service: &Arc<Service>, request: ClientRequest) -> Result<Granted, TokenError> {
    let request = FormRequest::read(service, request, |form| grant_type(form).map(drop))?;
    match grant_type(&request.form)? {
        GrantType::ClientCredentials => client_credentials::grant(service, &request).await,
        GrantType::AuthorizationCode => authorization_code::grant(service, &request).await,
        GrantType::RefreshToken => refresh_token::grant(service, &request).await,
        GrantType::DeviceCode => device_code::grant(service, &request).await,
        GrantType::Password => password::grant(service, &request).await,
    }
}

fn grant_type(form: &Form) -> Result<GrantType, TokenError> {
    let text = parameters::required(form, "grant_type", "`grant_type` is missing")?;
    text.parse().map_err(|_| TokenError::UnsupportedGrantType)
}

/// The token endpoint's successful result.
struct Granted {
    token: MintedToken,
    /// Whether the answer names the scopes also if there are none: the client asked for some.
    scope_asked: bool,
    /// The refresh token, if the client may use that grant.
    refresh_token: Option<PlainSecret>,
}

/// Counts and logs a token that was issued for a user.
fn given(
    service: &Service,
    attempt: &ClientAttempt<'_>,
    grant_type: GrantType,
    minted: Result<MintedUserToken, Failure>,
) -> Result<Granted, TokenError> {
    let MintedUserToken { token, refresh_token } = attempt.end(minted)?;
    service.metrics.count_token(TokenOutcome::Minted);
    service.metrics.count_user_token(grant_type);
    tracing::debug!(jti = token.id.as_str(), grant = grant_type.as_str(), "issued a user token");
    // The user or the client asked for scopes before, and the user's roles may allow none of them.
    Ok(Granted { token, scope_asked: true, refresh_token })
}

/// The successful response (RFC 6749 section 5.1).
fn success(granted: &Granted) -> Response {
    #[derive(Serialize)]
    struct Body<'a> {
        access_token: &'a str,
        token_type: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        expires_in: Option<u64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        refresh_token: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        scope: Option<&'a str>,
    }
    let Granted { token, scope_asked, refresh_token } = granted;
    let scope = token.scopes.as_ref().map(postern_token::Scopes::as_str);
    let body = Body {
        access_token: token.access_token.expose(),
        token_type: "Bearer",
        expires_in: token.expires_in,
        refresh_token: refresh_token.as_ref().map(PlainSecret::expose),
        scope: scope.or(scope_asked.then_some("")),
    };
    let mut response = Json(body).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}
