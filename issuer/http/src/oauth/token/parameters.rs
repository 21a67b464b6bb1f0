//! Parameters that several grant types share.

use std::sync::Arc;

use crate::oauth::client_request::FormRequest;
use crate::oauth::error::TokenError;
use postern_http_types::Form;
use postern_model::{GrantType, Validity};
use postern_operations::check_grant_type;
use postern_secrets::PlainSecret;
use postern_service::Service;

/// A required parameter; `missing` is the error if it is absent.
pub(super) fn required<'a>(form: &'a Form, name: &str, missing: &'static str) -> Result<&'a str, TokenError> {
    form.value(name).ok_or(TokenError::InvalidRequest(missing))
}

/// A required parameter that is secret.
pub(super) fn secret(form: &Form, name: &str, missing: &'static str) -> Result<PlainSecret, TokenError> {
    required(form, name, missing).map(|text| PlainSecret::presented(text.to_owned()))
}

/// The parameters that were read. When one is missing or malformed, the client and its grant type are checked first: their errors say more,
/// and a client that may not use the grant type is always told so (RFC 6749 section 5.2).
pub(super) async fn checked<T>(
    service: &Arc<Service>,
    request: &FormRequest<'_>,
    grant_type: GrantType,
    read: Result<T, TokenError>,
) -> Result<T, TokenError> {
    let malformed = match read {
        Ok(read) => return Ok(read),
        Err(malformed) => malformed,
    };
    let client = request.client.clone();
    let allowed = service.read(move |service| check_grant_type(&service.act_for_client(&client.id), &client, grant_type)).await;
    request.attempt.end(allowed)?;
    Err(malformed)
}

/// More than scopes may be long. What is longer is refused, whatever it is, so no more of it waits in memory.
const TOO_LONG_SCOPE: usize = 4096;

/// The requested scopes, if any.
pub(super) fn scope(form: &Form) -> Option<String> {
    form.value("scope").map(|text| text.get(..text.floor_char_boundary(TOO_LONG_SCOPE)).unwrap_or_default().to_owned())
}

/// The requested validity, if any. Also checks the requested audience, of which there is one (RFC 8707 section 2 calls it `resource`, other
/// servers `audience`).
pub(super) fn validity(service: &Service, form: &Form) -> Result<Option<Validity>, TokenError> {
    let own = service.settings.audience.as_str();
    if ["resource", "audience"].into_iter().filter_map(|name| form.value(name)).any(|asked| asked != own) {
        return Err(TokenError::InvalidTarget);
    }
    let validity = form.value("validity_period").map(str::parse).transpose();
    validity.map_err(|_| {
        TokenError::InvalidRequest("`validity_period` must be a number of seconds, or negative for a token that never expires")
    })
}
