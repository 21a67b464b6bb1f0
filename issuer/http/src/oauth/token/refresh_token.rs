//! The refresh token grant (RFC 6749 section 6).

use std::sync::Arc;

use super::{Granted, given, parameters};
use crate::oauth::client_request::FormRequest;
use crate::oauth::error::TokenError;
use postern_model::GrantType;
use postern_operations::{RefreshGrant, UserGrantRequest};
use postern_service::Service;

pub(super) async fn grant(service: &Arc<Service>, request: &FormRequest<'_>) -> Result<Granted, TokenError> {
    let FormRequest { form, client, attempt, .. } = request;
    let read = || {
        let refresh_token = parameters::secret(form, "refresh_token", "`refresh_token` is missing")?;
        Ok((refresh_token, parameters::validity(service, form)?))
    };
    let (refresh_token, validity) = parameters::checked(service, request, GrantType::RefreshToken, read()).await?;
    let request = RefreshGrant { client: client.clone(), refresh_token, scope: parameters::scope(form), validity };
    let minted = service.user_tokens(UserGrantRequest::Refresh(request)).await;
    given(service, attempt, GrantType::RefreshToken, minted)
}
