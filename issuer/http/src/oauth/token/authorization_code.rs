//! The authorization code grant (RFC 6749 section 4.1.3). Every client must use PKCE (RFC 7636).

use std::sync::Arc;

use super::{Granted, given, parameters};
use crate::oauth::client_request::FormRequest;
use crate::oauth::error::TokenError;
use postern_model::GrantType;
use postern_operations::{CodeGrant, Error, GrantError, UserGrantRequest, find_authorization_client};
use postern_service::Failure;
use postern_service::Service;

pub(super) async fn grant(service: &Arc<Service>, request: &FormRequest<'_>) -> Result<Granted, TokenError> {
    let FormRequest { form, client, attempt, .. } = request;
    let read = || {
        let code = parameters::secret(form, "code", "`code` is missing")?;
        let missing = "`code_verifier` is missing: send the one that belongs to the `code_challenge`";
        let verifier = parameters::secret(form, "code_verifier", missing)?;
        Ok((code, verifier, parameters::validity(service, form)?))
    };
    let (code, verifier, validity) = parameters::checked(service, request, GrantType::AuthorizationCode, read()).await?;
    let redirect_uri = match form.value("redirect_uri") {
        Some(redirect_uri) => redirect_uri.to_owned(),
        None => only_redirect_uri(service, client.id.clone()).await?,
    };
    let request = CodeGrant { client: client.clone(), code, redirect_uri, verifier, validity };
    let minted = service.user_tokens(UserGrantRequest::Code(request)).await;
    given(service, attempt, GrantType::AuthorizationCode, minted)
}

/// The redirect URI of a client that has exactly one: it may leave the parameter out, here and in the authorization request.
async fn only_redirect_uri(service: &Arc<Service>, client: String) -> Result<String, TokenError> {
    let found = service.read(move |service| find_authorization_client(&service.act_for_client(&client), &client, None)).await;
    match found {
        Ok(client) => Ok(client.redirect_uri.to_string()),
        Err(Failure::Operation(Error::Grant(GrantError::UnknownClient))) => Err(TokenError::InvalidClient),
        Err(Failure::Operation(Error::Grant(_))) => Err(TokenError::InvalidRequest("`redirect_uri` is missing")),
        Err(failure) => Err(failure.into()),
    }
}
