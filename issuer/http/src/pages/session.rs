//! What a browser sends to the pages for users, and how it is known again.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::client_address::Peer;
use crate::oauth::client_form;
use postern_http_types::Form;
use postern_operations::{self as operations, Error, SignedIn, UserError};
use postern_secrets::PlainSecret;
use postern_service::Failure;
use postern_service::Service;

/// The session of somebody who signed in. The prefix has browsers take it from this very host alone, over TLS or on their own machine.
const SESSION: &str = "__Host-postern-session";

/// What a form is bound to before anybody signed in.
const FORM: &str = "__Host-postern-form";

/// What a browser sends.
pub(crate) struct Browser {
    pub(crate) uri: Uri,
    headers: HeaderMap,
    peer: Peer,
    body: Result<Bytes, BytesRejection>,
}

impl<S: Send + Sync> FromRequest<S> for Browser {
    type Rejection = Infallible;

    async fn from_request(request: Request, state: &S) -> Result<Self, Infallible> {
        let (uri, headers) = (request.uri().clone(), request.headers().clone());
        let nowhere = Peer(SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0));
        let peer = request.extensions().get().copied().unwrap_or(nowhere);
        Ok(Self { uri, headers, peer, body: Bytes::from_request(request, state).await })
    }
}

/// Who is signed in, and the secret of the session.
#[derive(Clone)]
pub(crate) struct Visitor {
    pub(crate) who: SignedIn,
    pub(crate) session: PlainSecret,
}

impl Browser {
    /// The parameters of the URL; `None` where they are malformed, or one comes twice.
    pub(crate) fn query(&self) -> Option<Form> {
        Form::parse(self.uri.query().unwrap_or_default().as_bytes()).ok()
    }

    /// The form that was sent; `None` where it is none, or one that this browser was not given.
    pub(crate) fn form(self) -> Option<Form> {
        let bound = [self.session(), self.cookie(FORM)];
        let bare: Uri = Uri::from_static("/");
        let form = client_form::read(&bare, &self.headers, self.body).ok()?;
        let given = form.value("csrf")?;
        let is_given = |secret: &PlainSecret| bool::from(csrf_token(secret).as_bytes().ct_eq(given.as_bytes()));
        bound.iter().flatten().any(is_given).then_some(form)
    }

    /// The same without what was sent.
    pub(crate) fn without_body(&self) -> Self {
        Self { uri: self.uri.clone(), headers: self.headers.clone(), peer: self.peer, body: Ok(Bytes::new()) }
    }

    /// Where the browser is.
    pub(crate) fn address(&self, service: &Service) -> IpAddr {
        self.peer.client(&self.headers, &service.options.trusted_proxies)
    }

    /// The secret of the session that the browser says it has.
    pub(crate) fn session(&self) -> Option<PlainSecret> {
        self.cookie(SESSION)
    }

    /// What a form is bound to where nobody is signed in: what the browser has, or something new, which it is then to be given.
    pub(crate) fn form_secret(&self, service: &Service) -> Result<(PlainSecret, bool), Error> {
        match self.cookie(FORM) {
            Some(secret) => Ok((secret, false)),
            None => Ok((PlainSecret::generate("", &*service.entropy)?, true)),
        }
    }

    /// Who is signed in there.
    pub(crate) async fn visitor(&self, service: &Arc<Service>) -> Result<Option<Visitor>, Failure> {
        let Some(session) = self.session() else { return Ok(None) };
        let secret = session.clone();
        // To find it may note that it was used.
        match service.read(move |service| operations::find_session(&service.act_for_stranger(), &secret)).await {
            Ok(who) => Ok(Some(Visitor { who, session })),
            Err(Failure::Operation(Error::User(UserError::NoSession))) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// The value of a cookie; none where it came twice, because then somebody else may have set one of them.
    fn cookie(&self, name: &str) -> Option<PlainSecret> {
        let headers = self.headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let pairs = headers.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let mut values = pairs.filter(|(own, _)| *own == name).map(|(_, value)| value);
        match (values.next(), values.next()) {
            (Some(value), None) if !value.is_empty() => Some(PlainSecret::presented(value.to_owned())),
            _ => None,
        }
    }
}

/// What a form holds that is bound to `secret`, which it does not give away.
pub(crate) fn csrf_token(secret: &PlainSecret) -> String {
    let digest = Sha256::new().chain_update(b"a form of postern's\0").chain_update(secret.expose().as_bytes()).finalize();
    URL_SAFE_NO_PAD.encode(digest)
}

/// Gives the browser its session, and takes what forms were bound to before.
pub(crate) fn give_session(response: &mut Response, session: &PlainSecret) {
    set_cookie(response, SESSION, session.expose(), "");
    set_cookie(response, FORM, "", "; Max-Age=0");
}

/// Takes the browser's session.
pub(crate) fn take_session(response: &mut Response) {
    set_cookie(response, SESSION, "", "; Max-Age=0");
}

/// Gives the browser what forms are bound to.
pub(crate) fn give_form_secret(response: &mut Response, secret: &PlainSecret) {
    set_cookie(response, FORM, secret.expose(), "");
}

fn set_cookie(response: &mut Response, name: &str, value: &str, more: &str) {
    // A secret of ours holds nothing that ends a cookie's value; one that was planted is never given back.
    let cookie = format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax{more}");
    if let Ok(value) = HeaderValue::try_from(cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}
