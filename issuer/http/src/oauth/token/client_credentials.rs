//! The client credentials grant (RFC 6749 section 4.4).

use std::sync::Arc;

use super::{Granted, parameters};
use crate::oauth::client_request::FormRequest;
use crate::oauth::error::TokenError;
use postern_operations::ClientGrant;
use postern_service::Service;

pub(super) async fn grant(service: &Arc<Service>, request: &FormRequest<'_>) -> Result<Granted, TokenError> {
    let validity = parameters::validity(service, &request.form)?;
    let client = request.credentials()?;
    let scope = parameters::scope(&request.form);
    let scope_asked = scope.is_some();
    let minted = service.client_token(ClientGrant { client, scope, validity }).await;
    let (token, outcome) = request.attempt.end(minted)?;
    service.metrics.count_token(outcome);
    tracing::debug!(jti = token.id.as_str(), grant = "client_credentials", "issued a token");
    Ok(Granted { token, scope_asked, refresh_token: None })
}
