//! Browser requests and their cookies: the session of a signed-in user, and CSRF tokens of forms.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, HeaderName, Uri, header};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::client_address::Peer;
use crate::oauth::client_form;
use crate::oauth::error::TokenError;
use crate::pages::Site;
use crate::pages::cookies::{cookie, cookies, set_cookie};
use crate::pages::error_page::{foreign_form, large_form, stale_form};
use postern_http_types::{BearerError, Form, bearer};
use postern_operations::{self as operations, Error, SIGN_IN_LIFETIME, SignedIn, UNFINISHED_SIGN_IN_LIFETIME, UserError};
use postern_secrets::PlainSecret;
use postern_service::Failure;
use postern_service::Service;

/// The session cookie. With the prefix `__Host-`, browsers accept it only from this host, over TLS or from localhost.
const SESSION_COOKIE: &str = "__Host-postern-session";

/// The cookie to which forms are bound before a user has signed in.
const FORM_COOKIE: &str = "__Host-postern-form";

/// The cookie of a browser in which users have signed in. It lasts for as long as browsers allow, also after signing out.
const DEVICE_COOKIE: &str = "__Host-postern-device";

/// The cookie of a sign-in with an identity provider, until the browser comes back. The beginning of the sign-in's `state` follows, so that
/// sign-ins in several tabs do not disturb each other.
const SIGN_IN_COOKIE: &str = "__Host-postern-sign-in-";

/// The cookie of a sign-in with further steps after the password.
const UNFINISHED_COOKIE: &str = "__Host-postern-unfinished";

/// How many characters of the `state` follow.
const SIGN_IN_COOKIE_STATE: usize = 16;

/// How many sign-ins of one browser may be open at once.
const MAX_SIGN_INS: usize = 4;

/// 400 days, the longest that browsers keep a cookie (RFC 6265bis section 5.5).
const DEVICE_COOKIE_AGE: &str = "; Max-Age=34560000";
/// Where a request comes from, as browsers say that scripts cannot change (Fetch Metadata Request Headers).
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// A browser's request.
pub(crate) struct Browser {
    pub(crate) uri: Uri,
    headers: HeaderMap,
    peer: Peer,
    body: Result<Bytes, BytesRejection>,
}

impl<S: Send + Sync> FromRequest<S> for Browser {
    type Rejection = Infallible;

    async fn from_request(request: Request, state: &S) -> Result<Self, Infallible> {
        let head = Self::of_head(&request);
        Ok(Self { body: Bytes::from_request(request, state).await, ..head })
    }
}

/// Why a form is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FormProblem {
    /// A page of another site sent it.
    Foreign,
    /// It is larger than `limits.body_bytes` allows.
    TooLarge,
    /// It is malformed, or its CSRF token is missing, wrong or too old.
    Stale,
}

impl FormProblem {
    /// The page that says so.
    pub(crate) fn page(self, site: &Site) -> Response {
        match self {
            Self::Foreign => foreign_form(site),
            Self::TooLarge => large_form(site),
            Self::Stale => stale_form(site),
        }
    }
}

/// The signed-in user and the session's secret.
#[derive(Clone)]
pub(crate) struct Visitor {
    pub(crate) who: SignedIn,
    pub(crate) session: PlainSecret,
}

impl Browser {
    /// The request, with an empty body.
    pub(crate) fn of_head(request: &Request) -> Self {
        let (uri, headers) = (request.uri().clone(), request.headers().clone());
        let unknown = Peer(SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0));
        let peer = request.extensions().get().copied().unwrap_or(unknown);
        Self { uri, headers, peer, body: Ok(Bytes::new()) }
    }

    /// The issuer in the browser's language.
    pub(crate) fn site(&self, service: &Service) -> Site {
        Site::of(service, &self.headers)
    }

    /// The query; `None` if it is malformed or a parameter comes twice.
    pub(crate) fn query(&self) -> Option<Form> {
        Form::parse(self.uri.query().unwrap_or_default().as_bytes()).ok()
    }

    /// The submitted form; or what is wrong, if the form is malformed, comes from another site, or has a CSRF token that is
    /// not bound to a cookie of this browser.
    pub(crate) fn form(self, service: &Service) -> Result<Form, FormProblem> {
        if !is_from_own_page(&self.headers, service) {
            return Err(FormProblem::Foreign);
        }
        let bound = [self.session(), self.cookie(FORM_COOKIE)];
        let bare: Uri = Uri::from_static("/");
        let form = client_form::read(&bare, &self.headers, self.body).map_err(|error| match error {
            TokenError::BodyTooLarge => FormProblem::TooLarge,
            _ => FormProblem::Stale,
        })?;
        let given = form.value("csrf").unwrap_or_default();
        let is_given = |secret: &PlainSecret| bool::from(csrf_token(secret).as_bytes().ct_eq(given.as_bytes()));
        if bound.iter().flatten().any(is_given) { Ok(form) } else { Err(FormProblem::Stale) }
    }

    /// The request without its body.
    pub(crate) fn without_body(&self) -> Self {
        Self { uri: self.uri.clone(), headers: self.headers.clone(), peer: self.peer, body: Ok(Bytes::new()) }
    }

    /// The browser's address.
    pub(crate) fn address(&self, service: &Service) -> IpAddr {
        self.peer.client(&self.headers, &service.options.trusted_proxies)
    }

    /// The session's secret as the browser presents it, not verified yet.
    pub(crate) fn session(&self) -> Option<PlainSecret> {
        self.cookie(SESSION_COOKIE)
    }

    /// The personal access token that a program sends; `None` if the request has no valid header `Authorization`.
    pub(crate) fn bearer(&self) -> Option<Result<PlainSecret, BearerError>> {
        match bearer(&self.headers) {
            Err(BearerError::Missing) => None,
            found => Some(found),
        }
    }

    /// The device cookie as the browser presents it, not verified yet.
    pub(crate) fn device(&self) -> Option<PlainSecret> {
        self.cookie(DEVICE_COOKIE)
    }

    /// What the browser has kept of a sign-in with further steps, not verified yet.
    pub(crate) fn unfinished_sign_in(&self) -> Option<PlainSecret> {
        self.cookie(UNFINISHED_COOKIE)
    }

    /// What the browser has kept of the sign-in with this `state`, not verified yet.
    pub(crate) fn kept_sign_in(&self, state: &PlainSecret) -> Option<PlainSecret> {
        self.cookie(&sign_in_cookie(state)?)
    }

    /// The cookies of sign-ins in excess of those that may be open besides a new one.
    fn excess_sign_ins(&self) -> Vec<String> {
        let mut names: Vec<&str> = self.cookies().map(|(name, _)| name).filter(|name| is_sign_in_cookie(name)).collect();
        names.sort_unstable();
        names.dedup();
        names.into_iter().skip(MAX_SIGN_INS - 1).map(str::to_owned).collect()
    }

    /// The secret to which forms are bound before a user has signed in, and whether it is new and must be set as a cookie.
    pub(crate) fn form_secret(&self, service: &Service) -> Result<(PlainSecret, bool), Error> {
        match self.cookie(FORM_COOKIE) {
            Some(secret) => Ok((secret, false)),
            None => Ok((PlainSecret::generate("", &*service.entropy)?, true)),
        }
    }

    /// The signed-in user, if any.
    pub(crate) async fn visitor(&self, service: &Arc<Service>) -> Result<Option<Visitor>, Failure> {
        let Some(session) = self.session() else { return Ok(None) };
        let secret = session.clone();
        // Finding a session may update when it was last used.
        match service.read(move |service| operations::find_session(&service.act_for_stranger(), &secret)).await {
            Ok(who) => Ok(Some(Visitor { who, session })),
            Err(Failure::Operation(Error::User(UserError::NoSession))) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    fn cookie(&self, name: &str) -> Option<PlainSecret> {
        cookie(&self.headers, name).map(|value| PlainSecret::presented(value.to_owned()))
    }

    fn cookies(&self) -> impl Iterator<Item = (&str, &str)> {
        cookies(&self.headers)
    }
}

/// Whether the browser says that one of our own pages sends the request, or says nothing, as old browsers do. It protects the forms even
/// where a CSRF token and its cookie have become known.
pub(super) fn is_from_own_page(headers: &HeaderMap, service: &Service) -> bool {
    let every = |name: HeaderName, own: &dyn Fn(&[u8]) -> bool| headers.get_all(name).iter().all(|value| own(value.as_bytes()));
    every(header::ORIGIN, &|origin| origin == service.settings.issuer.origin().as_bytes())
        // `none`: the user sends it, for example by loading the page again.
        && every(SEC_FETCH_SITE, &|site| site == b"same-origin" || site == b"none")
}

/// The name of the cookie of the sign-in with this `state`.
fn sign_in_cookie(state: &PlainSecret) -> Option<String> {
    let name = format!("{SIGN_IN_COOKIE}{}", state.expose().get(..SIGN_IN_COOKIE_STATE)?);
    is_sign_in_cookie(&name).then_some(name)
}

fn is_sign_in_cookie(name: &str) -> bool {
    let is_base64url = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    name.strip_prefix(SIGN_IN_COOKIE).is_some_and(|rest| rest.len() == SIGN_IN_COOKIE_STATE && rest.bytes().all(is_base64url))
}

/// Sets the cookie of a sign-in that has begun, and removes those of the browser's sign-ins in excess.
pub(crate) fn set_sign_in_cookie(response: &mut Response, browser: &Browser, state: &PlainSecret, kept: &PlainSecret) {
    for name in browser.excess_sign_ins() {
        set_cookie(response, &name, "", "; Max-Age=0");
    }
    if let Some(name) = sign_in_cookie(state) {
        set_cookie(response, &name, kept.expose(), &format!("; Max-Age={SIGN_IN_LIFETIME}"));
    }
}

/// Removes the cookie of a sign-in.
pub(crate) fn remove_sign_in_cookie(response: &mut Response, state: &PlainSecret) {
    if let Some(name) = sign_in_cookie(state) {
        set_cookie(response, &name, "", "; Max-Age=0");
    }
}

/// The CSRF token that is bound to `secret` and does not reveal it.
pub(crate) fn csrf_token(secret: &PlainSecret) -> String {
    let digest = Sha256::new().chain_update(b"a form of postern's\0").chain_update(secret.expose().as_bytes()).finalize();
    URL_SAFE_NO_PAD.encode(digest)
}

/// Sets the session cookie and removes the form cookie.
pub(crate) fn set_session_cookie(response: &mut Response, session: &PlainSecret) {
    set_cookie(response, SESSION_COOKIE, session.expose(), "");
    set_cookie(response, FORM_COOKIE, "", "; Max-Age=0");
}

/// Sets the device cookie, see [`operations::remember_device`].
pub(crate) fn set_device_cookie(response: &mut Response, device: &PlainSecret) {
    set_cookie(response, DEVICE_COOKIE, device.expose(), DEVICE_COOKIE_AGE);
}

/// Sets the cookie of a sign-in with further steps.
pub(crate) fn set_unfinished_cookie(response: &mut Response, kept: &PlainSecret) {
    set_cookie(response, UNFINISHED_COOKIE, kept.expose(), &format!("; Max-Age={UNFINISHED_SIGN_IN_LIFETIME}"));
}

/// Removes that cookie.
pub(crate) fn remove_unfinished_cookie(response: &mut Response) {
    set_cookie(response, UNFINISHED_COOKIE, "", "; Max-Age=0");
}

/// Removes the session cookie.
pub(crate) fn remove_session_cookie(response: &mut Response) {
    set_cookie(response, SESSION_COOKIE, "", "; Max-Age=0");
}

/// Sets the form cookie.
pub(crate) fn set_form_cookie(response: &mut Response, secret: &PlainSecret) {
    set_cookie(response, FORM_COOKIE, secret.expose(), "");
}
