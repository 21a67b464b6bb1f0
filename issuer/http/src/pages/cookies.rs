//! Reading and setting cookies.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

/// The value of a cookie; `None` if it comes twice, because another site may then have set one of them.
pub(super) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = cookies(headers).filter(|(own, _)| *own == name).map(|(_, value)| value);
    match (values.next(), values.next()) {
        (Some(value), None) if !value.is_empty() => Some(value),
        _ => None,
    }
}

/// Every cookie of a request: its name and its value.
pub(super) fn cookies(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    let headers = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    headers.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='))
}

/// Sets a cookie for this host alone; `more` are further attributes.
pub(super) fn set_cookie(response: &mut Response, name: &str, value: &str, more: &str) {
    // Our secrets and languages hold no character that ends a cookie's value. Of what a browser sent only entries of the device cookie and
    // names of sign-in cookies are sent back, whose characters are checked.
    let cookie = format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax{more}");
    if let Ok(value) = HeaderValue::try_from(cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}
