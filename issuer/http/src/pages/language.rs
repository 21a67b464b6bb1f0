//! The language that a user chooses. The choice is a cookie; without one, the browser's preference counts.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header;
use axum::response::{IntoResponse as _, Redirect, Response};
use postern_http_types::Form;
use url::Url;

use super::cookies::set_cookie;
use super::error_page::{foreign_form, stale_form};
use super::next_page::NextPage;
use super::session::is_from_own_page;
use super::site::{LANGUAGE_COOKIE, Site};
use crate::messages::Language;
use postern_service::Service;

/// A year in seconds.
const COOKIE_AGE: &str = "; Max-Age=31536000";

/// `POST /language`: continues to the page with the form. The form has no CSRF token, because pages without a session have it too; it changes
/// nothing but the language.
pub(crate) async fn choose(State(service): State<Arc<Service>>, headers: HeaderMap, body: axum::body::Bytes) -> Response {
    let site = Site::of(&service, &headers);
    if !is_from_own_page(&headers, &service) {
        return foreign_form(&site);
    }
    let chosen = Form::parse(&body).ok().and_then(|form| form.value("language").and_then(Language::with_tag));
    let Some(language) = chosen else { return stale_form(&site) };
    let mut response = Redirect::to(&page_with_form(&service, &headers)).into_response();
    set_cookie(&mut response, LANGUAGE_COOKIE, language.tag(), COOKIE_AGE);
    response
}

/// The page with the form, as the browser names it. Our pages send the referrer to this site alone.
fn page_with_form(service: &Service, headers: &HeaderMap) -> String {
    let referrer = headers.get(header::REFERER).and_then(|value| value.to_str().ok()).and_then(|text| Url::parse(text).ok());
    let path = referrer.as_ref().map(|url| url.path().strip_prefix(service.settings.issuer.path()).unwrap_or(url.path()));
    let query = referrer.as_ref().and_then(Url::query);
    path.map_or_else(|| service.at(crate::paths::START), |path| NextPage::in_other_language(path, query).location(service))
}
