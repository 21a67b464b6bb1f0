//! A token for the client itself (RFC 6749 section 4.4).

use std::sync::Arc;

use super::{Granted, parameters};
use crate::error::{Failure, TokenError};
use crate::guarded::Asked;
use crate::metrics::TokenOutcome;
use crate::service::Service;
use postern_operations::{ClientGrant, MintedToken, find_current_token, mint_for_client};

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
    let turn = service.turn_at_once();
    let asked = Arc::clone(&grant);
    let found = service.read(move |service| {
        let act = service.act_for(&asked.client);
        match (find_current_token(&act, &asked)?, turn) {
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
