//! A token for the client itself (RFC 6749 section 4.4).

use std::sync::Arc;

use super::{Granted, parameters};
use crate::oauth::client_request::Asked;
use crate::oauth::error::TokenError;
use postern_operations::{ClientGrant, MintedToken, answer_again, mint_for_client};
use postern_service::Failure;
use postern_service::Service;
use postern_service::TokenOutcome;

pub(super) async fn grant(service: &Arc<Service>, asked: &Asked<'_>) -> Result<Granted, TokenError> {
    let validity = parameters::validity(service, &asked.form)?;
    let client = asked.credentials()?;
    let grant = Arc::new(ClientGrant { client, scope: parameters::scope(&asked.form), validity });
    let (token, outcome) = asked.attempt.end(find_or_mint(service, grant).await)?;
    service.metrics.count_token(outcome);
    tracing::debug!(jti = token.id.as_str(), grant = "client_credentials", "handed out a token");
    Ok(Granted { token, refresh_token: None })
}

/// On one thread and without another wait where somebody may write at once; otherwise those whose token lives do not wait for it.
async fn find_or_mint(service: &Arc<Service>, grant: Arc<ClientGrant>) -> Result<(MintedToken, TokenOutcome), Failure> {
    let turn = service.try_write_permit();
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
