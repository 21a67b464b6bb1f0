//! The page on which a user lets a device in (RFC 8628 section 3.3).

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

/// `GET /device`: asks for the code that the device shows, or has it from the address that the device showed.
pub(crate) async fn show(State(service): State<Arc<Service>>, browser: Browser) -> Response {
    let visitor = match browser.visitor(&service).await {
        Ok(Some(visitor)) => visitor,
        Ok(None) => return Redirect::to(&NextPage::of(PATH, browser.uri.query()).sign_in(&service)).into_response(),
        Err(failure) => return failed(&service, &failure),
    };
    let query = browser.query();
    let code = query.as_ref().and_then(|query| query.value("user_code")).and_then(|text| text.parse::<UserCode>().ok());
    // What stands in the address is shown and not taken: the user is to compare it with the device (section 5.4).
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
    let (user, asked) = (visitor.who.user.clone(), code.clone());
    let found = service.read(move |service| operations::find_device(&service.act_for_stranger(), &user, &asked)).await;
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
    // A code that was looked at was not guessed, but one that is sent here need not have been looked at.
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

/// Who sends a form, what that one's guesses are counted under, and the form.
async fn open(service: &Arc<Service>, browser: Browser) -> Result<(Visitor, ThrottleKey, postern_http_types::Form), Response> {
    let visitor = browser.visitor(service).await.map_err(|failure| failed(service, &failure))?;
    let visitor = visitor.ok_or_else(|| stale_form(service))?;
    // A slash is in no user's name.
    let key = service.sign_ins.key(&format!("device/{}", visitor.who.user), browser.address(service));
    let form = browser.form().ok_or_else(|| stale_form(service))?;
    Ok((visitor, key, form))
}

/// Begins to try a code, unless this one tried too many.
fn too_often(service: &Service, visitor: &Visitor, key: ThrottleKey, code: &str) -> Option<Response> {
    let wait = service.sign_ins.attempt(key, Instant::now()).err()?;
    let problem = DeviceEntryProblem::Throttled { seconds: seconds(wait) };
    Some(entry(service, visitor, code.to_owned(), Some(problem)))
}

/// Takes a try back that was no guess.
fn forgive<T>(service: &Service, key: ThrottleKey, result: &Result<T, Failure>) {
    if !matches!(result, Err(Failure::Operation(Error::Grant(GrantError::UnknownUserCode)))) {
        service.sign_ins.forgive(key, Instant::now());
    }
}

fn unknown(service: &Service, visitor: &Visitor, code: String) -> Response {
    entry(service, visitor, code, Some(DeviceEntryProblem::UnknownCode))
}

fn entry(service: &Service, visitor: &Visitor, code: String, problem: Option<DeviceEntryProblem>) -> Response {
    // Longer than any code, it is no code, and need not be shown again.
    let code = if code.len() > 32 { String::new() } else { code };
    pages::respond(&DeviceEntry { site: &Site::new(&service.settings.issuer), code, problem, csrf: csrf_token(&visitor.session) })
}
