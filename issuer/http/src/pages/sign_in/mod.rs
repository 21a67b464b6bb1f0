//! Sign-in and sign-out.

mod provider;
mod provider_problem;
mod steps;
mod view;

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse as _, Redirect, Response};
use url::Url;

use crate::pages::authorize;
use crate::pages::error_page::{broken, failed};
use crate::pages::next_page::NextPage;
use crate::pages::session::{
    Browser, csrf_token, remove_session_cookie, remove_unfinished_cookie, set_device_cookie, set_form_cookie, set_session_cookie,
    set_unfinished_cookie,
};
use crate::pages::{self, ContinuePage, RedirectOrigin, Site};
use postern_model::EventName;
use postern_operations::{self as operations, Error, Guard, NewSession, SignInProgress, UserError};
use postern_secrets::PlainSecret;
use postern_service::Service;
use postern_service::{Failure, Retry};

pub(crate) use provider::{begin, complete};
pub(crate) use steps::{choose_password, enrol, enter_code, show as show_step};
pub(crate) use view::{Provider, SignIn, SignInProblem, SignedOut};

const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

/// `GET /sign-in`
pub(crate) async fn show(State(service): State<Arc<Service>>, browser: Browser) -> Response {
    let (site, query) = (browser.site(&service), browser.query());
    let next = NextPage::read(query.as_ref().and_then(|query| query.value("next")));
    let again = query.as_ref().is_some_and(|query| query.value("again").is_some());
    match browser.visitor(&service).await {
        Ok(Some(_)) if !again => Redirect::to(&next.location(&service)).into_response(),
        Ok(_) => page(&service, &site, &browser, &next, Entered { user: "", again }, None).await,
        Err(failure) => failed(&site, &failure),
    }
}

/// `POST /sign-in`
pub(crate) async fn sign_in(State(service): State<Arc<Service>>, browser: Browser) -> Response {
    let (before, address, device) = (browser.session(), browser.address(&service), browser.device());
    let (site, again) = (browser.site(&service), browser.without_body());
    let form = match browser.form(&service) {
        Ok(form) => form,
        Err(problem) => return problem.page(&site),
    };
    let next = NextPage::read(form.value("next"));
    let user = form.value("user").unwrap_or_default().trim().to_owned();
    let entered = Entered { user: &user, again: form.value("again").is_some() };
    let guard = Guard::of_sign_in(&service.act_for_stranger(), service.options.guesses, &user, address, device.as_ref());
    let password = PlainSecret::presented(form.value("password").unwrap_or_default().to_owned());
    let login = user.clone();
    let signed_in = service
        .guess_password(guard, move |service| {
            operations::sign_in(&service.act_for_stranger(), &login, &password, before.as_ref())
        })
        .await;
    let name = operations::login_name(&service.act_for_stranger(), &user).map(|user| user.to_string());
    let refused = |reason| service.record_refusal(EventName::SignIn, reason, name.as_deref());
    match signed_in {
        Ok(progress) => go_on(&service, &site, &next, device.as_ref(), progress).await,
        Err(Failure::Operation(Error::User(UserError::Throttled { seconds }))) => {
            service.metrics.throttled_sign_ins.inc();
            refused("throttled");
            let seconds = u32::try_from(seconds).unwrap_or(u32::MAX);
            page(&service, &site, &again, &next, entered, Some(SignInProblem::Throttled { seconds })).await
        }
        Err(Failure::Operation(Error::User(UserError::TooManyFailures))) => {
            service.metrics.throttled_sign_ins.inc();
            refused("account_limited");
            page(&service, &site, &again, &next, entered, Some(SignInProblem::AccountLimited)).await
        }
        Err(Failure::Operation(Error::User(UserError::WrongCredentials))) => {
            service.metrics.refused_sign_ins.inc();
            refused("wrong_credentials");
            page(&service, &site, &again, &next, entered, Some(SignInProblem::WrongCredentials)).await
        }
        // The user has changed while the password was verified.
        Err(Failure::Operation(Error::User(UserError::StaleSignIn))) => {
            page(&service, &site, &again, &next, entered, Some(SignInProblem::Expired)).await
        }
        Err(Failure::Operation(Error::Member(error))) => {
            refused(provider_problem::member_reason(&error));
            provider_problem::of_member(&site, &error)
        }
        Err(failure) => match failure.report() {
            Retry::Later => page(&service, &site, &again, &next, entered, Some(SignInProblem::Unavailable)).await,
            Retry::Never => broken(&site),
        },
    }
}

/// Continues after a step of a sign-in: with the next step, or signed in.
async fn go_on(
    service: &Arc<Service>,
    site: &Site,
    next: &NextPage,
    device: Option<&PlainSecret>,
    progress: SignInProgress,
) -> Response {
    match progress {
        SignInProgress::Done(session) => {
            let mut response = continue_to(service, site, next).await;
            set_signed_in(service, &mut response, &session, device);
            response
        }
        SignInProgress::Unfinished(more) => {
            let mut response = Redirect::to(&next.sign_in_step(service)).into_response();
            set_unfinished_cookie(&mut response, &more.kept);
            response
        }
    }
}

/// Sets the cookies of a user who has signed in.
fn set_signed_in(service: &Service, response: &mut Response, session: &NewSession, device: Option<&PlainSecret>) {
    set_session_cookie(response, &session.secret);
    remove_unfinished_cookie(response);
    match operations::remember_device(&service.act_for_stranger(), &session.user, device) {
        Ok(device) => set_device_cookie(response, &device),
        // The user has signed in all the same.
        Err(error) => drop(Failure::Operation(error).report()),
    }
}

/// Continues to the page that sent the user here. An authorization request may end at another host; browsers apply the form's `form-action`
/// policy to every redirect after it, so a page of its own continues there.
async fn continue_to(service: &Arc<Service>, site: &Site, next: &NextPage) -> Response {
    let location = next.location(service);
    let application = authorize::application_of(service, next).await;
    let on = application.zip(Url::parse(&format!("{}{}", service.settings.issuer.origin(), location)).ok());
    let on = on.and_then(|((name, _), address)| ContinuePage::new(site, name, address));
    on.map_or_else(|| Redirect::to(&location).into_response(), |on| pages::respond(&on))
}

/// What the user has entered before.
#[derive(Clone, Copy)]
struct Entered<'a> {
    user: &'a str,
    /// Whether the user is signed in, and must sign in again.
    again: bool,
}

async fn page(
    service: &Arc<Service>,
    site: &Site,
    browser: &Browser,
    next: &NextPage,
    Entered { user, again }: Entered<'_>,
    problem: Option<SignInProblem>,
) -> Response {
    let Ok((secret, new)) = browser.form_secret(service) else { return broken(site) };
    let (application, leads_to): (Option<String>, Option<RedirectOrigin>) =
        authorize::application_of(service, next).await.map_or((None, None), |(name, leads_to)| (Some(name), leads_to));
    let stores = operations::password_store_names(&service.act_for_stranger());
    let providers = operations::list_providers(&service.act_for_stranger());
    let page = SignIn {
        site,
        application,
        user: user.to_owned(),
        problem,
        stores: stores.iter().map(ToString::to_string).collect(),
        providers: providers.into_iter().map(|(store, title)| Provider::new(&store, title)).collect(),
        again,
        csrf: csrf_token(&secret),
        next: next.as_str().to_owned(),
        leads_to,
    };
    let mut response = pages::respond(&page);
    if new {
        set_form_cookie(&mut response, &secret);
    }
    response
}

/// `POST /sign-out`
pub(crate) async fn sign_out(State(service): State<Arc<Service>>, browser: Browser) -> Response {
    let (site, session) = (browser.site(&service), browser.session());
    let next = match browser.form(&service) {
        Ok(form) => NextPage::read(form.value("next")),
        Err(problem) => return problem.page(&site),
    };
    if let Some(session) = session
        && let Err(failure) = service.write(move |service| operations::sign_out(&service.act_for_stranger(), &session)).await
    {
        return failed(&site, &failure);
    }
    let mut response = pages::respond(&SignedOut { site: &site, sign_in: next.sign_in(&service) });
    remove_session_cookie(&mut response);
    // Pages are never stored; this also clears what a browser keeps to go back to.
    response.headers_mut().insert(CLEAR_SITE_DATA, HeaderValue::from_static("\"cache\""));
    response
}
