//! The client credentials grant (RFC 6749 section 4.4).

use std::sync::Arc;

use super::{Granted, parameters};
use crate::oauth::client_request::FormRequest;
use crate::oauth::error::TokenError;
use postern_operations::{ClientGrant, MintedToken, find_current_token, mint_for_client};
use postern_service::Failure;
use postern_service::Service;
use postern_service::TokenOutcome;

pub(super) async fn grant(service: &Arc<Service>, request: &FormRequest<'_>) -> Result<Granted, TokenError> {
    let validity = parameters::validity(service, &request.form)?;
    let client = request.credentials()?;
    let scope = parameters::scope(&request.form);
    let scope_asked = scope.is_some();
    let grant = Arc::new(ClientGrant { client, scope, validity });
    let (token, outcome) = request.attempt.end(find_or_mint(service, grant).await)?;
    service.metrics.count_token(outcome);
    tracing::debug!(jti = token.id.as_str(), grant = "client_credentials", "issued a token");
    Ok(Granted { token, scope_asked, refresh_token: None })
}

/// Finds the live token or mints one: in one step if a permit to write is free, else it looks for a live token first, so that a client that
/// has one does not queue.
async fn find_or_mint(service: &Arc<Service>, grant: Arc<ClientGrant>) -> Result<(MintedToken, TokenOutcome), Failure> {
    let turn = service.try_write_permit();
    let request = Arc::clone(&grant);
    let found = service.read(move |service| {
        let act = service.act_for(&request.client);
        match (find_current_token(&act, &request)?, turn) {
            (Some(token), _) => Ok(Some((token, TokenOutcome::AnsweredAgain))),
            (None, Some(_turn)) => Ok(Some((mint_for_client(&act, &request)?, TokenOutcome::Minted))),
            (None, None) => Ok(None),
        }
    });
    if let Some(found) = found.await? {
        return Ok(found);
    }
    let token = service.write(move |service| mint_for_client(&service.act_for(&grant.client), &grant)).await?;
    Ok((token, TokenOutcome::Minted))
}
