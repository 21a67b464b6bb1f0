//! The token endpoint (RFC 6749 section 3.2).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::error::{Failure, TokenError};
use super::form::Form;
use super::guarded::{Asked, ClientRequest};
use super::metrics::TokenOutcome;
use super::service::Service;
use crate::operations::{ClientGrant, MintedToken, answer_again, mint_for_client};

/// `POST /oauth2/token`
pub(super) async fn issue(State(service): State<Arc<Service>>, request: ClientRequest) -> Response {
    match grant(&service, request).await {
        Ok(token) => success(&token),
        Err(error) => error.into_response(&service.settings.issuer),
    }
}

async fn grant(service: &Arc<Service>, request: ClientRequest) -> Result<MintedToken, TokenError> {
    let known = |form: &Form| match form.value("grant_type") {
        None => Err(TokenError::InvalidRequest("`grant_type` is missing")),
        Some("client_credentials") => Ok(()),
        Some(_) => Err(TokenError::UnsupportedGrantType),
    };
    client_credentials(service, Asked::read(service, request, known)?).await
}

async fn client_credentials(service: &Arc<Service>, asked: Asked<'_>) -> Result<MintedToken, TokenError> {
    let Asked { form, client, attempt } = asked;
    // RFC 8707 section 2 names it `resource`, others `audience`. Tokens are minted for one audience only.
    let own = service.settings.audience.as_str();
    if ["resource", "audience"].into_iter().filter_map(|name| form.value(name)).any(|asked| asked != own) {
        return Err(TokenError::InvalidTarget);
    }
    let validity = form.value("validity_period").map(str::parse).transpose();
    let validity = validity.map_err(|_| {
        TokenError::InvalidRequest("`validity_period` is a number of seconds, negative for a token that never expires")
    })?;
    let grant = Arc::new(ClientGrant { client, scope: form.value("scope").map(str::to_owned), validity });
    let (token, outcome) = attempt.end(find_or_mint(service, grant).await)?;
    service.metrics.count_token(outcome);
    tracing::debug!(jti = token.id.as_str(), grant = "client_credentials", "handed out a token");
    Ok(token)
}

/// On one thread and without another wait where somebody may write at once; otherwise those whose token lives do not wait for it.
async fn find_or_mint(service: &Arc<Service>, grant: Arc<ClientGrant>) -> Result<(MintedToken, TokenOutcome), Failure> {
    let turn = service.turn_at_once();
    let asked = Arc::clone(&grant);
    let found = service.read(move |service| {
        let act = service.act_for(&asked.client);
        match (answer_again(&act, &asked)?, turn) {
            (Some(token), _) => Ok(Some((token, TokenOutcome::AnsweredAgain))),
            (None, Some(_turn)) => Ok(Some((mint_for_client(&act, &asked)?, TokenOutcome::Minted))),
            (None, None) => Ok(None),
        }
    });
    if let Some(found) = found.await? {
        return Ok(found);
    }
    let token = service.write(move |service| mint_for_client(&service.act_for(&grant.client), &grant)).await?;
    Ok((token, TokenOutcome::Minted))
}

/// A token for the client (RFC 6749 section 5.1).
fn success(token: &MintedToken) -> Response {
    #[derive(Serialize)]
    struct Body<'a> {
        access_token: &'a str,
        token_type: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        expires_in: Option<u64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        scope: Option<&'a str>,
    }
    let body = Body {
        access_token: token.access_token.expose(),
        token_type: "Bearer",
        expires_in: token.expires_in,
        scope: token.scopes.as_ref().map(postern_token::Scopes::as_str),
    };
    let mut response = Json(body).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}
