//! The device authorization endpoint (RFC 8628 section 3.1).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::oauth::client_request::{ClientRequest, FormRequest};
use crate::oauth::error::TokenError;
use crate::paths;
use postern_model::Issuer;
use postern_operations::{DEVICE_CODE_LIFETIME, DeviceAuthorization, POLL_INTERVAL, begin_device};
use postern_service::Service;

/// `POST /oauth2/device_authorization`
pub(crate) async fn begin(State(service): State<Arc<Service>>, request: ClientRequest) -> Response {
    let issuer = &service.settings.issuer;
    match act(&service, request).await {
        Ok(authorization) => answer(issuer, &authorization),
        Err(error) => error.into_response(issuer),
    }
}

async fn act(service: &Arc<Service>, request: ClientRequest) -> Result<DeviceAuthorization, TokenError> {
    let FormRequest { form, client, attempt, address } = FormRequest::read(service, request, |_| Ok(()))?;
    let counted = attempt.begin_device(&client, address)?;
    let scope = form.value("scope").map(str::to_owned);
    let begun = service.write(move |service| begin_device(&service.act_for_client(&client.id), &client, scope.as_deref())).await;
    if let Some(counted) = counted.filter(|_| begun.is_err()) {
        counted.forgive();
    }
    attempt.end(begun)
}

/// The device code for the device, and the user code that it shows (section 3.2).
fn answer(issuer: &Issuer, authorization: &DeviceAuthorization) -> Response {
    #[derive(Serialize)]
    struct Body<'a> {
        device_code: &'a str,
        user_code: &'a str,
        verification_uri: &'a str,
        verification_uri_complete: String,
        expires_in: u64,
        interval: u64,
    }
    let DeviceAuthorization { device_code, user_code } = authorization;
    let (user_code, verification_uri) = (user_code.to_string(), issuer.endpoint(paths::DEVICE));
    let body = Body {
        device_code: device_code.expose(),
        user_code: &user_code,
        verification_uri: &verification_uri,
        // The letters and the hyphen of a user code need no escaping in a URL.
        verification_uri_complete: format!("{verification_uri}?user_code={user_code}"),
        expires_in: DEVICE_CODE_LIFETIME,
        interval: POLL_INTERVAL,
    };
    let mut response = Json(body).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}
