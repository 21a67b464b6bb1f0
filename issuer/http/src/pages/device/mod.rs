//! The device pages, where a user connects a device (RFC 8628 section 3.3).

mod confirm;
mod entry;

use std::sync::Arc;
use std::time::Instant;

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};

use crate::pages::authorize::scopes;
use crate::pages::next_page::NextPage;
use crate::pages::session::{Browser, Visitor, csrf_token};
use crate::pages::{self, Site};
use crate::paths;
use postern_service::Failure;

use crate::pages::error_page::{failed, seconds, stale_form};
pub(crate) use confirm::{DeviceConfirm, DeviceDone};
pub(crate) use entry::{DeviceEntry, DeviceEntryProblem};
use postern_model::UserCode;
use postern_operations::{self as operations, Error, GrantError};
use postern_service::Service;
use postern_service::ThrottleKey;

const PATH: &str = paths::DEVICE;

/// `GET /device`: asks for the user code; a code in the query fills the field.
pub(crate) async fn show(State(service): State<Arc<Service>>, browser: Browser) -> Response {
    let visitor = match browser.visitor(&service).await {
        Ok(Some(visitor)) => visitor,
        Ok(None) => return Redirect::to(&NextPage::of(PATH, browser.uri.query()).sign_in(&service)).into_response(),
        Err(failure) => return failed(&service, &failure),
    };
    let query = browser.query();
    let code = query.as_ref().and_then(|query| query.value("user_code")).and_then(|text| text.parse::<UserCode>().ok());
    // A code in the query is only shown, because the user must compare it with the device's (section 5.4).
    entry(&service, &visitor, code.map(|code| code.to_string()).unwrap_or_default(), None)
}

/// `POST /device`
pub(crate) async fn look(State(service): State<Arc<Service>>, browser: Browser) -> Response {
    let (visitor, key, form) = match open(&service, browser).await {
        Ok(opened) => opened,
        Err(response) => return response,
    };
    let text = form.value("user_code").unwrap_or_default().to_owned();
    if let Some(response) = too_often(&service, &visitor, key, &text) {
        return response;
    }
    let Ok(code) = text.parse::<UserCode>() else { return unknown(&service, &visitor, text) };
    let (user, user_code) = (visitor.who.user.clone(), code.clone());
    let found = service.read(move |service| operations::find_device(&service.act_for_stranger(), &user, &user_code)).await;
    forgive(&service, key, &found);
    match found {
        Ok(request) => pages::respond(&DeviceConfirm {
            site: &Site::new(&service.settings.issuer),
            application: request.application.name.as_str().to_owned(),
            scopes: scopes(request.scopes.as_ref()),
            user_code: code.to_string(),
            user: visitor.who.user.to_string(),
            csrf: csrf_token(&visitor.session),
        }),
        Err(Failure::Operation(Error::Grant(GrantError::UnknownUserCode))) => unknown(&service, &visitor, text),
        Err(failure) => failed(&service, &failure),
    }
}

/// `POST /device/decision`
pub(crate) async fn decide(State(service): State<Arc<Service>>, browser: Browser) -> Response {
    let (visitor, key, form) = match open(&service, browser).await {
        Ok(opened) => opened,
        Err(response) => return response,
    };
    let text = form.value("user_code").unwrap_or_default().to_owned();
    // Throttled too: a code may be sent here without the page before.
    if let Some(response) = too_often(&service, &visitor, key, &text) {
        return response;
    }
    let Ok(code) = text.parse::<UserCode>() else { return unknown(&service, &visitor, text) };
    let allowed = form.value("decision") == Some("allow");
    let user = visitor.who.user.clone();
    let act = move |service: &Service| operations::decide_device(&service.act_for_stranger(), &user, &code, allowed);
    let decided = service.write(act).await;
    forgive(&service, key, &decided);
    match decided {
        Ok(()) => pages::respond(&DeviceDone { site: &Site::new(&service.settings.issuer), allowed }),
        Err(Failure::Operation(Error::Grant(GrantError::UnknownUserCode))) => unknown(&service, &visitor, text),
        Err(failure) => failed(&service, &failure),
    }
}

/// The user who sends a form, the throttle key for guesses, and the form.
async fn open(service: &Arc<Service>, browser: Browser) -> Result<(Visitor, ThrottleKey, postern_http_types::Form), Response> {
    let visitor = browser.visitor(service).await.map_err(|failure| failed(service, &failure))?;
    let visitor = visitor.ok_or_else(|| stale_form(service))?;
    // No user name holds a slash.
    let key = service.sign_ins.key(&format!("device/{}", visitor.who.user), browser.address(service));
    let form = browser.form(service).map_err(|problem| problem.page(service))?;
    Ok((visitor, key, form))
}

/// Counts an attempt, or returns the page that says to wait.
fn too_often(service: &Service, visitor: &Visitor, key: ThrottleKey, code: &str) -> Option<Response> {
    let wait = service.sign_ins.attempt(key, Instant::now()).err()?;
    let problem = DeviceEntryProblem::Throttled { seconds: seconds(wait) };
    Some(entry(service, visitor, code.to_owned(), Some(problem)))
}

/// Stops counting an attempt whose code was right.
fn forgive<T>(service: &Service, key: ThrottleKey, result: &Result<T, Failure>) {
    if !matches!(result, Err(Failure::Operation(Error::Grant(GrantError::UnknownUserCode)))) {
        service.sign_ins.forgive(key, Instant::now());
    }
}

fn unknown(service: &Service, visitor: &Visitor, code: String) -> Response {
    entry(service, visitor, code, Some(DeviceEntryProblem::UnknownCode))
}

fn entry(service: &Service, visitor: &Visitor, code: String, problem: Option<DeviceEntryProblem>) -> Response {
    // A text longer than any code is not shown again.
    let code = if code.len() > 32 { String::new() } else { code };
    pages::respond(&DeviceEntry { site: &Site::new(&service.settings.issuer), code, problem, csrf: csrf_token(&visitor.session) })
}
