//! The password grant (RFC 6749 section 4.3), where an administrator allows it.

use std::sync::Arc;

use super::{Granted, given, parameters};
use crate::oauth::client_request::{FormRequest, seconds};
use crate::oauth::error::TokenError;
use postern_model::GrantType;
use postern_operations::{Error, GrantError, PasswordGrant, grant_password};
use postern_service::Failure;
use postern_service::Service;

pub(super) async fn grant(service: &Arc<Service>, request: &FormRequest<'_>) -> Result<Granted, TokenError> {
    let FormRequest { form, client, address, attempt } = request;
    let username = parameters::required(form, "username", "`username` is missing")?.to_owned();
    let password = parameters::secret(form, "password", "`password` is missing")?;
    let validity = parameters::validity(service, form)?;
    // Attempts count for each address, so that guessing does not lock the user out elsewhere.
    let guess = service.attempt(&username, *address).map_err(|wait| {
        service.metrics.throttled_sign_ins.inc();
        TokenError::TooManySignIns(seconds(wait))
    })?;
    let request = PasswordGrant { client: client.clone(), username, password, scope: parameters::scope(form), validity };
    let minted = service.sign_in(move |service| grant_password(&service.act_for_client(&request.client.id), &request)).await;
    if let Err(Failure::Operation(Error::Grant(GrantError::Invalid(_)))) = &minted {
        service.metrics.refused_sign_ins.inc();
    } else {
        service.forgive(guess);
    }
    given(service, attempt, GrantType::Password, minted)
}
