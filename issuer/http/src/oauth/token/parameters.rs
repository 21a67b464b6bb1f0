//! Parameters that several grants have.

use crate::oauth::error::TokenError;
use postern_http_types::Form;
use postern_model::Validity;
use postern_secrets::PlainSecret;
use postern_service::Service;

/// A parameter that must be there; `missing` says so where it is not.
pub(super) fn required<'a>(form: &'a Form, name: &str, missing: &'static str) -> Result<&'a str, TokenError> {
    form.value(name).ok_or(TokenError::InvalidRequest(missing))
}

/// The same of a secret.
pub(super) fn secret(form: &Form, name: &str, missing: &'static str) -> Result<PlainSecret, TokenError> {
    required(form, name, missing).map(|text| PlainSecret::presented(text.to_owned()))
}

/// The scopes that are asked for, if some are.
pub(super) fn scope(form: &Form) -> Option<String> {
    form.value("scope").map(str::to_owned)
}

/// How long the token is to last, if it is said, and makes sure that it is asked for the one audience there is (RFC 8707 section 2 names it `resource`, others
/// `audience`).
pub(super) fn validity(service: &Service, form: &Form) -> Result<Option<Validity>, TokenError> {
    let own = service.settings.audience.as_str();
    if ["resource", "audience"].into_iter().filter_map(|name| form.value(name)).any(|asked| asked != own) {
        return Err(TokenError::InvalidTarget);
    }
    let validity = form.value("validity_period").map(str::parse).transpose();
    validity.map_err(|_| {
        TokenError::InvalidRequest("`validity_period` is a number of seconds, negative for a token that never expires")
    })
}
