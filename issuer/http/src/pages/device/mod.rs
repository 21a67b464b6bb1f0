//! The device pages, where a user connects a device (RFC 8628 section 3.3).

mod confirm;
mod entry;

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};

use crate::pages::next_page::NextPage;
use crate::pages::scope_text::ScopeText;
use crate::pages::session::{Browser, Visitor, csrf_token};
use crate::pages::{self, Site};
use crate::paths;
use postern_service::Failure;

use crate::pages::error_page::{failed, stale_form};
pub(crate) use confirm::{DeviceConfirm, DeviceDone};
pub(crate) use entry::{DeviceEntry, DeviceEntryProblem};
use postern_model::{EventName, UserCode};
use postern_operations::{self as operations, DeviceDecision, Error, GrantError, Guard, UserError};
use postern_service::Service;
use postern_token::Scopes;

const PATH: &str = paths::DEVICE;

/// `GET /device`: asks for the user code; a code in the query fills the field.
pub(crate) async fn show(State(service): State<Arc<Service>>, browser: Browser) -> Response {
    let site = browser.site(&service);
    let visitor = match browser.visitor(&service).await {
        Ok(Some(visitor)) => visitor,
        Ok(None) => return Redirect::to(&NextPage::of(PATH, browser.uri.query()).sign_in(&service)).into_response(),
        Err(failure) => return failed(&site, &failure),
    };
    let query = browser.query();
    let code = query.as_ref().and_then(|query| query.value("user_code")).and_then(|text| text.parse::<UserCode>().ok());
    // A code in the query is only shown, because the user must compare it with the device's (section 5.4).
    entry(&site, &visitor, code.map(|code| code.to_string()).unwrap_or_default(), None)
}

/// `POST /device`
pub(crate) async fn look(State(service): State<Arc<Service>>, browser: Browser) -> Response {
    let site = browser.site(&service);
    let (visitor, guard, form) = match open(&service, &site, browser).await {
        Ok(opened) => opened,
        Err(response) => return response,
    };
    let text = form.value("user_code").unwrap_or_default().to_owned();
    let Ok(code) = text.parse::<UserCode>() else { return unknown(&site, &visitor, text) };
    let (user, user_code) = (visitor.who.user.clone(), code.clone());
    let find = move |service: &Service| operations::find_device(&service.act_for_stranger(), &user, &user_code);
    match service.guess_code(guard, find).await {
        Ok(request) => pages::respond(&DeviceConfirm {
            site: &site,
            application: request.application.name.as_str().to_owned(),
            scopes: ScopeText::list(request.scopes.as_ref(), &request.apis, &request.descriptions),
            user_code: code.to_string(),
            user: visitor.who.user.to_string(),
            csrf: csrf_token(&visitor.session),
        }),
        Err(failure) => not_found(&service, &site, &visitor, text, &failure),
    }
}

/// `POST /device/decision`
pub(crate) async fn decide(State(service): State<Arc<Service>>, browser: Browser) -> Response {
    let site = browser.site(&service);
    let (visitor, guard, form) = match open(&service, &site, browser).await {
        Ok(opened) => opened,
        Err(response) => return response,
    };
    let text = form.value("user_code").unwrap_or_default().to_owned();
    let Ok(code) = text.parse::<UserCode>() else { return unknown(&site, &visitor, text) };
    let allowed = form.value("decision") == Some("allow");
    let decision = if allowed {
        // The form sends back the scopes that the page showed.
        let shown = form.value("scope").and_then(|text| Scopes::parse(text.to_owned()).ok());
        DeviceDecision::Allowed { shown }
    } else {
        DeviceDecision::Denied
    };
    let user = visitor.who.user.clone();
    let act = move |service: &Service| operations::decide_device(&service.act_for_stranger(), &user, &code, &decision);
    // Guarded too: a code may be sent here without the page before.
    match service.guess_code(guard, act).await {
        Ok(()) => pages::respond(&DeviceDone { site: &site, allowed }),
        Err(failure) => not_found(&service, &site, &visitor, text, &failure),
    }
}

/// The user who sends a form, the guard of guesses, and the form.
async fn open(
    service: &Arc<Service>,
    site: &Site,
    browser: Browser,
) -> Result<(Visitor, Guard, postern_http_types::Form), Response> {
    let visitor = browser.visitor(service).await.map_err(|failure| failed(site, &failure))?;
    let visitor = visitor.ok_or_else(|| stale_form(site))?;
    let guard = Guard::of_user_code(service.options.guesses, &visitor.who.user, browser.address(service));
    let form = browser.form(service).map_err(|problem| problem.page(site))?;
    Ok((visitor, guard, form))
}

fn not_found(service: &Service, site: &Site, visitor: &Visitor, code: String, failure: &Failure) -> Response {
    let refused = |reason| service.record_refusal(EventName::UserCode, reason, Some(&visitor.who.user.to_string()));
    match failure {
        Failure::Operation(Error::Grant(GrantError::UnknownUserCode)) => {
            refused("unknown_user_code");
            unknown(site, visitor, code)
        }
        Failure::Operation(Error::User(UserError::Throttled { seconds })) => {
            refused("throttled");
            let problem = DeviceEntryProblem::Throttled { seconds: u32::try_from(*seconds).unwrap_or(u32::MAX) };
            entry(site, visitor, code, Some(problem))
        }
        failure => failed(site, failure),
    }
}

fn unknown(site: &Site, visitor: &Visitor, code: String) -> Response {
    entry(site, visitor, code, Some(DeviceEntryProblem::UnknownCode))
}

fn entry(site: &Site, visitor: &Visitor, code: String, problem: Option<DeviceEntryProblem>) -> Response {
    // A text longer than any code is not shown again.
    let code = if code.len() > 32 { String::new() } else { code };
    pages::respond(&DeviceEntry { site, code, problem, csrf: csrf_token(&visitor.session) })
}
