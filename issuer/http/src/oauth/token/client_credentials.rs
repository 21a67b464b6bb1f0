//! The client credentials grant (RFC 6749 section 4.4).

use std::sync::Arc;

use super::{Granted, parameters};
use crate::oauth::client_request::FormRequest;
use crate::oauth::error::TokenError;
use postern_operations::{ClientGrant, MintedToken};
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

async fn find_or_mint(service: &Arc<Service>, grant: Arc<ClientGrant>) -> Result<(MintedToken, TokenOutcome), Failure> {
    if let Some(token) = service.find_client_token(Arc::clone(&grant)).await? {
        return Ok((token, TokenOutcome::AnsweredAgain));
    }
    Ok((service.mint_client_token(grant).await?, TokenOutcome::Minted))
}
