//! The user's password, told to the application (RFC 6749 section 4.3), where an administrator allows it.

use std::sync::Arc;

use super::{Granted, given, parameters};
use crate::oauth::client_request::{Asked, seconds};
use crate::oauth::error::TokenError;
use postern_model::GrantType;
use postern_operations::{Error, GrantError, PasswordGrant, grant_password};
use postern_service::Failure;
use postern_service::Service;

pub(super) async fn grant(service: &Arc<Service>, asked: &Asked<'_>) -> Result<Granted, TokenError> {
    let Asked { form, client, address, attempt } = asked;
    let username = parameters::required(form, "username", "`username` is missing")?.to_owned();
    let password = parameters::secret(form, "password", "`password` is missing")?;
    let validity = parameters::validity(service, form)?;
    // A good user elsewhere goes on, whoever guesses here.
    let guess = service.attempt(&username, *address).map_err(|wait| {
        service.metrics.throttled_sign_ins.inc();
        TokenError::TooManySignIns(seconds(wait))
    })?;
    let asked = PasswordGrant { client: client.clone(), username, password, scope: parameters::scope(form), validity };
    let minted = service.sign_in(move |service| grant_password(&service.act_for_client(&asked.client.id), &asked)).await;
    if let Err(Failure::Operation(Error::Grant(GrantError::Invalid(_)))) = &minted {
        service.metrics.refused_sign_ins.inc();
    } else {
        service.forgive(guess);
    }
    given(service, attempt, GrantType::Password, minted)
}
