//! The device code grant (RFC 8628 section 3.4).

use std::sync::Arc;

use super::{Granted, given, parameters};
use crate::oauth::client_request::FormRequest;
use crate::oauth::error::TokenError;
use postern_model::GrantType;
use postern_operations::{DeviceGrant, UserGrantRequest};
use postern_service::Service;

pub(super) async fn grant(service: &Arc<Service>, request: &FormRequest<'_>) -> Result<Granted, TokenError> {
    let FormRequest { form, client, attempt, .. } = request;
    let read = || {
        let device_code = parameters::secret(form, "device_code", "`device_code` is missing")?;
        Ok((device_code, parameters::validity(service, form)?))
    };
    let (device_code, validity) = parameters::checked(service, request, GrantType::DeviceCode, read()).await?;
    let request = DeviceGrant { client: client.clone(), device_code, validity };
    let minted = service.user_tokens(UserGrantRequest::Device(request)).await;
    given(service, attempt, GrantType::DeviceCode, minted)
}
