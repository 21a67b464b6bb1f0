//! The revocation endpoint (RFC 7009).

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::oauth::client_request::{ClientRequest, FormRequest};
use crate::oauth::error::TokenError;
use postern_secrets::PlainSecret;
use postern_service::Service;
use postern_service::TokenOutcome;

/// `POST /oauth2/revoke`
pub(crate) async fn revoke(State(service): State<Arc<Service>>, request: ClientRequest) -> Response {
    match act(&service, request).await {
        // An unknown token is answered like a revoked one (section 2.2).
        Ok(()) => [(header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")].into_response(),
        Err(error) => error.into_response(&service.settings.issuer),
    }
}

async fn act(service: &Arc<Service>, request: ClientRequest) -> Result<(), TokenError> {
    let FormRequest { form, client, attempt, .. } = FormRequest::read(service, request, |_| Ok(()))?;
    // `token_type_hint` is ignored: a token's form shows its type.
    let token = form.value("token").ok_or(TokenError::InvalidRequest("`token` is missing"))?;
    let token = PlainSecret::presented(token.to_owned());
    let revoked = service.revoke(Arc::new(client), token).await;
    let Some(revoked) = attempt.end(revoked)? else { return Ok(()) };
    tracing::info!(tokens = revoked.count, "a client revoked tokens");
    service.metrics.count_token(TokenOutcome::Revoked);
    // Section 2.2.1: otherwise the client would believe that the token is revoked.
    if revoked.without_status > 0 { Err(TokenError::UnsupportedTokenType) } else { Ok(()) }
}
