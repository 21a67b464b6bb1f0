//! The password grant (RFC 6749 section 4.3), where an administrator allows it.

use std::sync::Arc;

use super::{Granted, given, parameters};
use crate::oauth::client_request::FormRequest;
use crate::oauth::error::TokenError;
use postern_model::{EventName, GrantType};
use postern_operations::{Error, GrantError, Guard, PasswordGrant, UserError, grant_password, login_name};
use postern_service::Failure;
use postern_service::Service;

pub(super) async fn grant(service: &Arc<Service>, request: &FormRequest<'_>) -> Result<Granted, TokenError> {
    let FormRequest { form, client, address, attempt } = request;
    let read = || {
        let username = parameters::required(form, "username", "`username` is missing")?.to_owned();
        let password = parameters::secret(form, "password", "`password` is missing")?;
        Ok((username, password, parameters::validity(service, form)?))
    };
    let (username, password, validity) = parameters::checked(service, request, GrantType::Password, read()).await?;
    let guard = Guard::of_sign_in(&service.act_for_stranger(), service.options.guesses, &username, *address, None);
    let name = login_name(&service.act_for_stranger(), &username).map(|user| user.to_string());
    let refused = |reason| service.record_refusal(EventName::SignIn, reason, name.as_deref());
    let request = PasswordGrant { client: client.clone(), username, password, scope: parameters::scope(form), validity };
    let minted =
        service.guess_password(guard, move |service| grant_password(&service.act_for_client(&request.client.id), &request)).await;
    match &minted {
        Err(Failure::Operation(Error::Grant(GrantError::Invalid(_)))) => {
            service.metrics.refused_sign_ins.inc();
            refused("wrong_credentials");
        }
        Err(Failure::Operation(Error::User(error @ (UserError::Throttled { .. } | UserError::TooManyFailures)))) => {
            service.metrics.throttled_sign_ins.inc();
            refused(if matches!(error, UserError::TooManyFailures) { "account_limited" } else { "throttled" });
        }
        _ => {}
    }
    given(service, attempt, GrantType::Password, minted)
}
