//! Signing in with an identity provider: the way there, and the way back.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::{continue_to, provider_problem};
use crate::pages::error_page::{Ask, broken, problem};
use crate::pages::next_page::NextPage;
use crate::pages::session::{Browser, remove_sign_in_cookie, set_session_cookie, set_sign_in_cookie};
use crate::pages::{self, ContinuePage};
use crate::paths;
use postern_model::UserStoreName;
use postern_operations::{self as operations, AuthorizationResponse, Error, UserError};
use postern_secrets::PlainSecret;
use postern_service::{Failure, Service};

/// The longest address at which a user may continue, because a cookie keeps it, and browsers keep cookies of at most 4096 bytes.
const MAX_NEXT_LEN: usize = 2500;

/// The longest `state` and the longest code that are read. Ours has 43 characters; providers have codes of up to 2 KiB.
const MAX_PARAMETER_LEN: usize = 8192;

/// `POST /sign-in/begin/{store}`
pub(crate) async fn begin(State(service): State<Arc<Service>>, Path(store): Path<String>, browser: Browser) -> Response {
    let site = browser.site(&service);
    let Ok(store) = store.parse::<UserStoreName>() else { return provider_problem::unknown(&site) };
    let cookies = browser.without_body();
    let form = match browser.form(&service) {
        Ok(form) => form,
        Err(problem) => return problem.page(&site),
    };
    let next = NextPage::read(form.value("next"));
    if next.as_str().len() > MAX_NEXT_LEN {
        return problem(&site, StatusCode::URI_TOO_LONG, "request-too-long", "request-too-long-why", Ask::Application);
    }
    let again = form.value("again").is_some();
    let redirect_uri = redirect_uri(&service, &store);
    let ask = move |service: &Service| {
        operations::begin_provider_sign_in(&service.act_for_stranger(), &store, next.as_str(), &redirect_uri, again)
    };
    match service.ask_provider(ask).await {
        Ok(begun) => {
            // Not a redirect, because browsers would apply the form's policy to it and to every redirect of the provider.
            let Some(page) = ContinuePage::new(&site, begun.title, begun.address) else { return broken(&site) };
            let mut response = pages::respond(&page);
            set_sign_in_cookie(&mut response, &cookies, &begun.state, &begun.kept);
            response
        }
        Err(failure) => provider_problem::respond(&service, &site, &failure),
    }
}

/// `GET /sign-in/callback/{store}`
pub(crate) async fn complete(State(service): State<Arc<Service>>, Path(store): Path<String>, browser: Browser) -> Response {
    let site = browser.site(&service);
    let Ok(store) = store.parse::<UserStoreName>() else { return provider_problem::unknown(&site) };
    let refused = || provider_problem::respond(&service, &site, &Failure::Operation(Error::User(UserError::StaleSignIn)));
    let Some(response) = authorization_response(&browser) else { return refused() };
    let state = response.state.clone();
    let Some(kept) = browser.kept_sign_in(&state) else { return refused() };
    let (before, redirect_uri) = (browser.session(), redirect_uri(&service, &store));
    let complete = move |service: &Service| {
        let act = service.act_for_stranger();
        operations::finish_provider_sign_in(&act, &store, &response, &kept, &redirect_uri, before.as_ref())
    };
    let mut response = match service.ask_provider(complete).await {
        Ok(done) => {
            let mut response = continue_to(&service, &site, &NextPage::read(Some(&done.next))).await;
            set_session_cookie(&mut response, &done.session.secret);
            response
        }
        Err(failure) => provider_problem::respond(&service, &site, &failure),
    };
    remove_sign_in_cookie(&mut response, &state);
    response
}

/// The parameters of an authorization response; `None` if they are not those of one.
fn authorization_response(browser: &Browser) -> Option<AuthorizationResponse> {
    let query = browser.query()?;
    let value =
        |name: &str| query.value(name).filter(|value| !value.is_empty() && value.len() <= MAX_PARAMETER_LEN).map(str::to_owned);
    Some(AuthorizationResponse {
        state: value("state").map(PlainSecret::presented)?,
        code: value("code").map(PlainSecret::presented),
        error: value("error"),
        iss: value("iss"),
    })
}

/// Where the provider sends the browser back.
fn redirect_uri(service: &Service, store: &UserStoreName) -> String {
    service.settings.issuer.endpoint(&paths::SIGN_IN_CALLBACK.replace("{store}", store.as_str()))
}
