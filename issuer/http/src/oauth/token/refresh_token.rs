//! The next token of what a user gave (RFC 6749 section 6).

use std::sync::Arc;

use super::{Granted, given, parameters};
use crate::oauth::client_request::Asked;
use crate::oauth::error::TokenError;
use postern_model::GrantType;
use postern_operations::{RefreshGrant, refresh};
use postern_service::Service;

pub(super) async fn grant(service: &Arc<Service>, asked: &Asked<'_>) -> Result<Granted, TokenError> {
    let Asked { form, client, attempt, .. } = asked;
    let refresh_token = parameters::secret(form, "refresh_token", "`refresh_token` is missing")?;
    let validity = parameters::validity(service, form)?;
    let asked = RefreshGrant { client: client.clone(), refresh_token, scope: parameters::scope(form), validity };
    let minted = service.refresh(move |service| refresh(&service.act_for_client(&asked.client.id), &asked)).await;
    given(service, attempt, GrantType::RefreshToken, minted)
}
