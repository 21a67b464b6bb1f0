//! The authorization endpoint (RFC 6749 section 3.1) and the consent page: a client redirects a user here, and the user is redirected back
//! with a code or an error.

mod consent;
mod prompt;

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use postern_token::Scopes;
use url::Url;
use url::form_urlencoded::Serializer;

use crate::messages::Language;
use crate::pages::error_page::{failed, problem, stale_form};
use crate::pages::next_page::NextPage;
use crate::pages::scope_text::{ScopeText, api_title};
use crate::pages::session::{Browser, Visitor, csrf_token};
use crate::pages::{self, Ask, ContinuePage, RedirectOrigin, Site};
use crate::paths;

pub(crate) use consent::Consent;
use postern_http_types::Form;
use postern_operations::{
    self as operations, ApplicationError, AuthorizationClient, ConsumerKeyError, Error, GrantError, UserError,
};
use postern_service::Failure;
use postern_service::Service;
use prompt::Prompt;

/// The parameters of an authorization request, which the consent page sends back.
const PARAMETERS: [&str; 7] =
    ["client_id", "redirect_uri", "response_type", "scope", "state", "code_challenge", "code_challenge_method"];

/// The field that the consent page sends back if it showed no scope.
const NONE_SHOWN: &str = "none_shown";

/// An error and its description (RFC 6749 section 4.1.2.1).
type Refusal = (&'static str, &'static str);

const LOGIN_REQUIRED: Refusal = ("login_required", "the user must sign in");

/// A request whose client and redirect URI are known, so that errors can be sent there.
struct Request {
    client: AuthorizationClient,
    state: Option<String>,
    scope: Option<String>,
    challenge: Option<String>,
    prompt: Prompt,
    refusal: Option<Refusal>,
}

/// `GET /oauth2/authorize`
pub(crate) async fn ask(State(service): State<Arc<Service>>, browser: Browser) -> Response {
    let site = browser.site(&service);
    let Some(form) = browser.query() else { return malformed(&site) };
    let request = match read(&service, &site, &form).await {
        Ok(request) => request,
        Err(response) => return response,
    };
    if let Some(refusal) = request.refusal {
        return send(&refused(&service, &request, refusal));
    }
    let visitor = match browser.visitor(&service).await {
        Ok(Some(visitor)) => visitor,
        Ok(None) if request.prompt.none => return send(&refused(&service, &request, LOGIN_REQUIRED)),
        Ok(None) => return Redirect::to(&next_after(&service, &browser, &request).sign_in(&service)).into_response(),
        Err(failure) => return failed(&site, &failure),
    };
    if request.prompt.needs_sign_in(&visitor.who, service.act().now()) {
        if request.prompt.none {
            return send(&refused(&service, &request, LOGIN_REQUIRED));
        }
        return Redirect::to(&next_after(&service, &browser, &request).sign_in_again(&service)).into_response();
    }
    match prepare(&service, &request, &visitor).await {
        Ok(authorization) if !authorization.consented && request.prompt.none => {
            send(&refused(&service, &request, ("consent_required", "the user has not consented to all of this before")))
        }
        Ok(authorization) if authorization.consented && !request.prompt.consent => {
            match allow(&service, &site, &request, &visitor).await {
                Ok(location) => send(&location),
                Err(response) => response,
            }
        }
        Ok(authorization) => consent(&site, &form, &request, &visitor, &authorization),
        Err(failure) => match refusal_of(&failure) {
            Some(refusal) => send(&refused(&service, &request, refusal)),
            None => failed(&site, &failure),
        },
    }
}

/// The same request after the user has signed in.
fn next_after(service: &Service, browser: &Browser, request: &Request) -> NextPage {
    let query = browser.uri.query();
    let marked = query.filter(|_| request.prompt.may_need_sign_in()).map(|query| prompt::asked(query, service.act().now()));
    NextPage::of(paths::AUTHORIZE, marked.as_deref().or(query))
}

/// `POST /consent`
pub(crate) async fn decide(State(service): State<Arc<Service>>, browser: Browser) -> Response {
    let site = browser.site(&service);
    let visitor = match browser.visitor(&service).await {
        Ok(Some(visitor)) => visitor,
        Ok(None) => return stale_form(&site),
        Err(failure) => return failed(&site, &failure),
    };
    let form = match browser.form(&service) {
        Ok(form) => form,
        Err(problem) => return problem.page(&site),
    };
    let request = match read(&service, &site, &form).await {
        Ok(request) => request,
        Err(response) => return response,
    };
    let location = match (request.refusal, form.value("decision")) {
        (Some(refusal), _) => refused(&service, &request, refusal),
        (None, Some("allow")) => {
            // The user allows the scopes that the page showed, which the form sends back. If it showed none, there must still be none: the
            // client's developer or an administrator may have added some while the user read the page.
            let none_shown = request.scope.is_none() || form.value(NONE_SHOWN).is_some();
            if none_shown
                && let Ok(authorization) = prepare(&service, &request, &visitor).await
                && authorization.scopes.is_some()
            {
                return consent(&site, &form, &request, &visitor, &authorization);
            }
            match allow(&service, &site, &request, &visitor).await {
                Ok(location) => location,
                Err(response) => return response,
            }
        }
        (None, _) => refused(&service, &request, ("access_denied", "the user denied the request")),
    };
    let name = request.client.application.name.as_str().to_owned();
    let on = Url::parse(&location).ok().and_then(|address| ContinuePage::new(&site, name, address));
    on.map_or_else(|| malformed(&site), |on| pages::respond(&on))
}

/// The application that requests authorization, and the origin of its redirect URI.
pub(crate) async fn application_of(service: &Arc<Service>, next: &NextPage) -> Option<(String, Option<RedirectOrigin>)> {
    let query = next.as_str().strip_prefix(paths::AUTHORIZE)?.strip_prefix('?')?;
    // Only whether it can be read counts, so the language does not.
    let site = Site::new(&service.settings.issuer, Language::default());
    let request = read(service, &site, &Form::parse(query.as_bytes()).ok()?).await.ok()?;
    let origin = Url::parse(request.client.redirect_uri.as_str()).ok().and_then(|uri| RedirectOrigin::of(&uri));
    Some((request.client.application.name.as_str().to_owned(), origin))
}

/// Finds the client and its redirect URI. Until both are known, errors are shown here and not sent to the redirect URI (section 4.1.2.1).
async fn read(service: &Arc<Service>, site: &Site, form: &Form) -> Result<Request, Response> {
    let Some(id) = form.value("client_id").map(str::to_owned) else { return Err(unknown(site, &GrantError::UnknownClient)) };
    let redirect_uri = form.value("redirect_uri").map(str::to_owned);
    let find =
        move |service: &Service| operations::find_authorization_client(&service.act_for_stranger(), &id, redirect_uri.as_deref());
    let client = service.read(find).await.map_err(|failure| match &failure {
        Failure::Operation(Error::Grant(error)) => unknown(site, error),
        _ => failed(site, &failure),
    })?;
    let own = |name: &str| form.value(name).map(str::to_owned);
    let (prompt, malformed) = match Prompt::read(form) {
        Ok(prompt) => (prompt, None),
        Err(refusal) => (Prompt::default(), Some(refusal)),
    };
    let refusal = check(form).err().or(malformed);
    Ok(Request { client, state: own("state"), scope: own("scope"), challenge: own("code_challenge"), prompt, refusal })
}

/// Checks the parameters that do not depend on the client.
fn check(form: &Form) -> Result<(), Refusal> {
    let invalid = |words| Err(("invalid_request", words));
    match form.value("response_type") {
        Some("code") => {}
        Some(_) => return Err(("unsupported_response_type", "`response_type` must be `code`")),
        None => return invalid("`response_type` is missing: send `code`"),
    }
    if form.value("response_mode").is_some_and(|mode| mode != "query") {
        return invalid("`response_mode` must be `query`");
    }
    if form.value("request").is_some() {
        return Err(("request_not_supported", "`request` is not supported"));
    }
    if form.value("request_uri").is_some() {
        return Err(("request_uri_not_supported", "`request_uri` is not supported"));
    }
    match form.value("code_challenge_method") {
        Some("S256") => {}
        Some(_) => return invalid("`code_challenge_method` must be `S256`"),
        None => return invalid("`code_challenge_method` is missing: send `S256` (RFC 7636)"),
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    match form.value("code_challenge") {
        Some(challenge) if challenge.len() == 43 && challenge.bytes().all(plain) => Ok(()),
        Some(_) => invalid("`code_challenge` must be a SHA-256 digest in base64url, 43 characters"),
        None => invalid("`code_challenge` is missing: every client must use PKCE (RFC 7636)"),
    }
}

/// The question to the user.
async fn prepare(service: &Arc<Service>, request: &Request, visitor: &Visitor) -> Result<operations::Authorization, Failure> {
    let (client, user, scope) = (request.client.clone(), visitor.who.user.clone(), request.scope.clone());
    let act =
        move |service: &Service| operations::prepare_authorization(&service.act_for_stranger(), &client, &user, scope.as_deref());
    service.read(act).await
}

async fn allow(service: &Arc<Service>, site: &Site, request: &Request, visitor: &Visitor) -> Result<String, Response> {
    let (client, user, scope) = (request.client.clone(), visitor.who.user.clone(), request.scope.clone());
    let challenge = request.challenge.clone().unwrap_or_default();
    let act = move |service: &Service| {
        operations::allow_authorization(&service.act_for_stranger(), &client, &user, scope.as_deref(), &challenge)
    };
    match service.write(act).await {
        Ok(code) => Ok(answer(service, request, &[("code", code.expose())])),
        Err(failure) => match refusal_of(&failure) {
            Some(refusal) => Ok(refused(service, request, refusal)),
            None => Err(failed(site, &failure)),
        },
    }
}

/// The error for the client, if the failure is the client's fault.
const fn refusal_of(failure: &Failure) -> Option<Refusal> {
    match failure {
        Failure::Operation(Error::ConsumerKey(ConsumerKeyError::GrantTypeNotAllowed)) => {
            Some(("unauthorized_client", "the client may not use the authorization code grant"))
        }
        Failure::Operation(Error::Application(ApplicationError::Blocked(_))) => {
            Some(("unauthorized_client", "the client's application is blocked"))
        }
        Failure::Operation(Error::Token(operations::TokenError::ScopeNotAllowed { .. })) => {
            Some(("invalid_scope", "the scope is malformed, or the client may not have it"))
        }
        // The user was locked after signing in.
        Failure::Operation(Error::User(UserError::WrongCredentials)) => Some(("access_denied", "the user may not sign in")),
        _ => None,
    }
}

/// Redirects the user to `location`, which may hold a code: not cached, no referrer.
fn send(location: &str) -> Response {
    let headers = [(header::CACHE_CONTROL, "no-store"), (header::REFERRER_POLICY, "no-referrer")];
    (headers, Redirect::to(location)).into_response()
}

fn refused(service: &Service, request: &Request, (error, description): Refusal) -> String {
    answer(service, request, &[("error", error), ("error_description", description)])
}

/// The redirect URI with the answer's parameters and the issuer's identifier (RFC 9207). The registered URI is not changed in any byte.
fn answer(service: &Service, request: &Request, parameters: &[(&str, &str)]) -> String {
    let uri = request.client.redirect_uri.as_str();
    let mut query = Serializer::new(String::new());
    query.extend_pairs(parameters);
    query.extend_pairs(request.state.as_deref().map(|state| ("state", state)));
    query.append_pair("iss", service.settings.issuer.as_str());
    let joint = match uri.split_once('?') {
        None => "?",
        Some((_, "")) => "",
        Some(_) => "&",
    };
    format!("{uri}{joint}{}", query.finish())
}

fn consent(
    site: &Site,
    form: &Form,
    request: &Request,
    visitor: &Visitor,
    authorization: &operations::Authorization,
) -> Response {
    // The form holds the scopes that the page shows, which may be fewer than the requested ones.
    let shown = |name: &str| match name {
        // If the user may grant none of the requested scopes, the requested ones stay: an absent scope would mean all.
        "scope" => authorization.scopes.as_ref().map(Scopes::as_str).or_else(|| form.value("scope")),
        NONE_SHOWN => authorization.scopes.is_none().then_some("true"),
        "redirect_uri" => Some(request.client.redirect_uri.as_str()),
        other => form.value(other),
    };
    let given = |name: &str| shown(name).map(|value| (name.to_owned(), value.to_owned()));
    let uri = Url::parse(request.client.redirect_uri.as_str()).ok();
    let host = uri.as_ref().map(|uri| uri.host_str().map_or_else(|| format!("{}:", uri.scheme()), str::to_owned));
    pages::respond(&Consent {
        site,
        application: request.client.application.name.as_str().to_owned(),
        user: visitor.who.user.to_string(),
        scopes: ScopeText::list(authorization.scopes.as_ref(), &authorization.apis, &authorization.descriptions),
        apis: authorization.apis.iter().map(api_title).collect(),
        redirect_host: host.unwrap_or_default(),
        csrf: csrf_token(&visitor.session),
        request: PARAMETERS.into_iter().chain([NONE_SHOWN]).filter_map(given).collect(),
        leads_to: uri.as_ref().and_then(RedirectOrigin::of),
    })
}

/// Scopes as a list for a page.
pub(crate) fn scopes(scopes: Option<&Scopes<'static>>) -> Vec<String> {
    scopes.into_iter().flat_map(|scopes| scopes.iter().map(str::to_owned)).collect()
}

fn unknown(site: &Site, error: &GrantError) -> Response {
    let explanation = match error {
        GrantError::UnknownRedirectUri => "application-wrong-redirect",
        _ => "application-wrong-client",
    };
    problem(site, StatusCode::BAD_REQUEST, "application-wrong", explanation, Ask::Application)
}

fn malformed(site: &Site) -> Response {
    problem(site, StatusCode::BAD_REQUEST, "application-wrong", "application-wrong-request", Ask::Application)
}
