//! The authorization endpoint (RFC 6749 section 3.1): a client sends a user here, and the user comes back with a code or with a refusal.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use postern_token::Scopes;
use url::Url;
use url::form_urlencoded::Serializer;

use super::browser::{Browser, Visitor, csrf_token};
use super::error::Failure;
use super::form::Form;
use super::next_page::NextPage;
use super::pages::{self, Ask, Consent, RedirectOrigin, SendOn};
use super::service::Service;
use super::trouble::{failed, problem, stale_form};
use postern_operations::{
    self as operations, ApplicationError, AuthorizationClient, ConsumerKeyError, Error, GrantError, UserError,
};

const PATH: &str = "/oauth2/authorize";

/// What a client asks with, and the page of consent gives back.
const PARAMETERS: [&str; 7] =
    ["client_id", "redirect_uri", "response_type", "scope", "state", "code_challenge", "code_challenge_method"];

/// What the page of consent gives back where it showed no scope.
const NONE_SHOWN: &str = "none_shown";

/// What an error of [RFC 6749 section 4.1.2.1] says.
type Refusal = (&'static str, &'static str);

/// A request of a client that is known, to be answered where this client wants to have the answer.
struct Request {
    client: AuthorizationClient,
    state: Option<String>,
    scope: Option<String>,
    challenge: Option<String>,
    refusal: Option<Refusal>,
}

/// `GET /oauth2/authorize`
pub(super) async fn ask(State(service): State<Arc<Service>>, browser: Browser) -> Response {
    let Some(form) = browser.query() else { return malformed(&service) };
    let request = match read(&service, &form).await {
        Ok(request) => request,
        Err(response) => return response,
    };
    if let Some(refusal) = request.refusal {
        return send(&refused(&service, &request, refusal));
    }
    let visitor = match browser.visitor(&service).await {
        Ok(Some(visitor)) => visitor,
        Ok(None) => {
            return Redirect::to(&NextPage::of(PATH, browser.uri.query()).sign_in(&service)).into_response();
        }
        Err(failure) => return failed(&service, &failure),
    };
    match prepare(&service, &request, &visitor).await {
        Ok(authorization) if authorization.consented => match allow(&service, &request, &visitor).await {
            Ok(location) => send(&location),
            Err(response) => response,
        },
        Ok(authorization) => consent(&service, &form, &request, &visitor, &authorization),
        Err(failure) => match refusal_of(&failure) {
            Some(refusal) => send(&refused(&service, &request, refusal)),
            None => failed(&service, &failure),
        },
    }
}

/// `POST /consent`
pub(super) async fn decide(State(service): State<Arc<Service>>, browser: Browser) -> Response {
    let visitor = match browser.visitor(&service).await {
        Ok(Some(visitor)) => visitor,
        Ok(None) => return stale_form(&service),
        Err(failure) => return failed(&service, &failure),
    };
    let Some(form) = browser.form() else { return stale_form(&service) };
    let request = match read(&service, &form).await {
        Ok(request) => request,
        Err(response) => return response,
    };
    let location = match (request.refusal, form.value("decision")) {
        (Some(refusal), _) => refused(&service, &request, refusal),
        (None, Some("allow")) => {
            // The page gives back the scopes that it showed, and the user allows those. Where it showed none, there must be none: the client's developer, or
            // who gives roles to users, may have added some while the user read.
            let none_shown = request.scope.is_none() || form.value(NONE_SHOWN).is_some();
            if none_shown
                && let Ok(authorization) = prepare(&service, &request, &visitor).await
                && authorization.scopes.is_some()
            {
                return consent(&service, &form, &request, &visitor, &authorization);
            }
            match allow(&service, &request, &visitor).await {
                Ok(location) => location,
                Err(response) => return response,
            }
        }
        (None, _) => refused(&service, &request, ("access_denied", "the user said no")),
    };
    let name = request.client.application.name.as_str().to_owned();
    let on = Url::parse(&location).ok().and_then(|address| SendOn::new(&service.site, name, address));
    on.map_or_else(|| malformed(&service), |on| pages::respond(&on))
}

/// The name of the application that a page is about, and where the user goes from there.
pub(super) async fn application_of(service: &Arc<Service>, next: &NextPage) -> Option<(String, Option<RedirectOrigin>)> {
    let query = next.as_str().strip_prefix(PATH)?.strip_prefix('?')?;
    let request = read(service, &Form::parse(query.as_bytes()).ok()?).await.ok()?;
    let origin = Url::parse(request.client.redirect_uri.as_str()).ok().and_then(|uri| RedirectOrigin::of(&uri));
    Some((request.client.application.name.as_str().to_owned(), origin))
}

/// Finds out whose request it is and where its answer goes; until both are known, nobody is sent anywhere (section 4.1.2.1).
async fn read(service: &Arc<Service>, form: &Form) -> Result<Request, Response> {
    let Some(id) = form.value("client_id").map(str::to_owned) else { return Err(unknown(service, &GrantError::UnknownClient)) };
    let redirect_uri = form.value("redirect_uri").map(str::to_owned);
    let find =
        move |service: &Service| operations::find_authorization_client(&service.act_for_stranger(), &id, redirect_uri.as_deref());
    let client = service.read(find).await.map_err(|failure| match &failure {
        Failure::Operation(Error::Grant(error)) => unknown(service, error),
        _ => failed(service, &failure),
    })?;
    let own = |name: &str| form.value(name).map(str::to_owned);
    let refusal = check(form).err();
    Ok(Request { client, state: own("state"), scope: own("scope"), challenge: own("code_challenge"), refusal })
}

/// What a request must be, whoever asks.
fn check(form: &Form) -> Result<(), Refusal> {
    let invalid = |words| Err(("invalid_request", words));
    match form.value("response_type") {
        Some("code") => {}
        Some(_) => return Err(("unsupported_response_type", "`response_type` is `code`")),
        None => return invalid("`response_type` is missing: it is `code`"),
    }
    if form.value("response_mode").is_some_and(|mode| mode != "query") {
        return invalid("`response_mode` is `query`");
    }
    if form.value("request").is_some() {
        return Err(("request_not_supported", "`request` is not supported"));
    }
    if form.value("request_uri").is_some() {
        return Err(("request_uri_not_supported", "`request_uri` is not supported"));
    }
    match form.value("code_challenge_method") {
        Some("S256") => {}
        Some(_) => return invalid("`code_challenge_method` is `S256`"),
        None => return invalid("`code_challenge_method` is missing: it is `S256` (RFC 7636)"),
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    match form.value("code_challenge") {
        Some(challenge) if challenge.len() == 43 && challenge.bytes().all(plain) => Ok(()),
        Some(_) => invalid("`code_challenge` is the base64url of a SHA-256, 43 characters"),
        None => invalid("`code_challenge` is missing: every client proves that it is the one that asked (RFC 7636)"),
    }
}

/// What the user is to be asked.
async fn prepare(service: &Arc<Service>, request: &Request, visitor: &Visitor) -> Result<operations::Authorization, Failure> {
    let (client, user, scope) = (request.client.clone(), visitor.who.user.clone(), request.scope.clone());
    let act =
        move |service: &Service| operations::prepare_authorization(&service.act_for_stranger(), &client, &user, scope.as_deref());
    service.read(act).await
}

async fn allow(service: &Arc<Service>, request: &Request, visitor: &Visitor) -> Result<String, Response> {
    let (client, user, scope) = (request.client.clone(), visitor.who.user.clone(), request.scope.clone());
    let challenge = request.challenge.clone().unwrap_or_default();
    let act = move |service: &Service| {
        operations::allow_authorization(&service.act_for_stranger(), &client, &user, scope.as_deref(), &challenge)
    };
    match service.write(act).await {
        Ok(code) => Ok(answer(service, request, &[("code", code.expose())])),
        Err(failure) => match refusal_of(&failure) {
            Some(refusal) => Ok(refused(service, request, refusal)),
            None => Err(failed(service, &failure)),
        },
    }
}

/// What a client hears of a failure that is its own fault.
const fn refusal_of(failure: &Failure) -> Option<Refusal> {
    match failure {
        Failure::Operation(Error::ConsumerKey(ConsumerKeyError::GrantTypeNotAllowed)) => {
            Some(("unauthorized_client", "the client may not send users here"))
        }
        Failure::Operation(Error::Application(ApplicationError::Blocked(_))) => {
            Some(("unauthorized_client", "the client's application is blocked"))
        }
        Failure::Operation(Error::Token(operations::TokenError::ScopeNotAllowed)) => {
            Some(("invalid_scope", "the scope is malformed or not one of the client's"))
        }
        // Locked between two clicks.
        Failure::Operation(Error::User(UserError::WrongCredentials)) => Some(("access_denied", "the user may not sign in")),
        _ => None,
    }
}

/// Sends the user to `location`, which may hold a code: nobody keeps it, and nobody is told of it.
fn send(location: &str) -> Response {
    let headers = [(header::CACHE_CONTROL, "no-store"), (header::REFERRER_POLICY, "no-referrer")];
    (headers, Redirect::to(location)).into_response()
}

fn refused(service: &Service, request: &Request, (error, description): Refusal) -> String {
    answer(service, request, &[("error", error), ("error_description", description)])
}

/// The redirect URI with what the client is told, and with who tells it (RFC 9207). The URI stays as the client has it, byte by byte.
fn answer(service: &Service, request: &Request, told: &[(&str, &str)]) -> String {
    let uri = request.client.redirect_uri.as_str();
    let mut query = Serializer::new(String::new());
    query.extend_pairs(told);
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
    service: &Service,
    form: &Form,
    request: &Request,
    visitor: &Visitor,
    authorization: &operations::Authorization,
) -> Response {
    // What the page shows is what the user allows with it, whatever was asked for.
    let shown = |name: &str| match name {
        // Where the user may give none of them, what was asked for stays: nothing would mean all.
        "scope" => authorization.scopes.as_ref().map(Scopes::as_str).or_else(|| form.value("scope")),
        NONE_SHOWN => authorization.scopes.is_none().then_some("true"),
        "redirect_uri" => Some(request.client.redirect_uri.as_str()),
        other => form.value(other),
    };
    let given = |name: &str| shown(name).map(|value| (name.to_owned(), value.to_owned()));
    let uri = Url::parse(request.client.redirect_uri.as_str()).ok();
    let host = uri.as_ref().map(|uri| uri.host_str().map_or_else(|| format!("{}:", uri.scheme()), str::to_owned));
    pages::respond(&Consent {
        site: &service.site,
        application: request.client.application.name.as_str().to_owned(),
        user: visitor.who.user.to_string(),
        scopes: scopes(authorization.scopes.as_ref()),
        apis: authorization.apis.iter().map(|api| api.as_str().to_owned()).collect(),
        redirect_host: host.unwrap_or_default(),
        csrf: csrf_token(&visitor.session),
        request: PARAMETERS.into_iter().chain([NONE_SHOWN]).filter_map(given).collect(),
        leads_to: uri.as_ref().and_then(RedirectOrigin::of),
    })
}

/// Scopes as a page shows them.
pub(super) fn scopes(scopes: Option<&Scopes<'static>>) -> Vec<String> {
    scopes.into_iter().flat_map(|scopes| scopes.iter().map(str::to_owned)).collect()
}

fn unknown(service: &Service, error: &GrantError) -> Response {
    let explanation = match error {
        GrantError::UnknownRedirectUri => {
            "The application asks to send you back to an address that it has not registered here. Nothing was given to anybody."
        }
        _ => "The application that sent you here is not known, or does not say which one it is. Nothing was given to anybody.",
    };
    problem(service, StatusCode::BAD_REQUEST, "The application made a mistake", explanation, Ask::Application)
}

fn malformed(service: &Service) -> Response {
    let explanation = "The application sent you here with an address that cannot be read. Nothing was given to anybody.";
    problem(service, StatusCode::BAD_REQUEST, "The application made a mistake", explanation, Ask::Application)
}
