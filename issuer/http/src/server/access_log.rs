//! One log line and one count in the metrics for each request. Both hold no path, no query and no header but the user agent: others may
//! hold secrets.

use std::net::IpAddr;
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderMap, Method, header};
use axum::response::Response;

use crate::client_address::{Peer, warn_of_untrusted_proxy};
use postern_service::Service;

/// In characters.
const MAX_USER_AGENT: usize = 256;

/// What is logged of a request when it is answered.
pub(super) struct Record {
    started: Instant,
    method: &'static str,
    route: Option<MatchedPath>,
    /// The caller's address.
    pub(super) address: Option<IpAddr>,
    user_agent: Option<String>,
}

impl Record {
    /// Begins with a request.
    pub(super) fn begin(service: &Service, request: &Request) -> Self {
        let options = &service.options;
        let peer = request.extensions().get::<Peer>().copied();
        warn_of_untrusted_proxy(peer, request.headers(), &options.trusted_proxies);
        Self {
            started: Instant::now(),
            method: known_method(request.method()),
            route: request.extensions().get::<MatchedPath>().cloned(),
            address: peer.map(|peer| peer.client(request.headers(), &options.trusted_proxies)),
            user_agent: options.access_log_clients.then(|| user_agent(request.headers())).flatten(),
        }
    }

    /// Logs the request with its response.
    pub(super) fn end(self, service: &Service, response: &Response) {
        let Self { started, method, route, address, user_agent } = self;
        let route = route.as_ref().map_or("none", MatchedPath::as_str);
        let (status, took) = (response.status().as_u16(), started.elapsed());
        service.metrics.count_request(method, route, status, took);
        let address = address.filter(|_| service.options.access_log_clients).map(tracing::field::display);
        tracing::info!(method, route, status, microseconds = took.as_micros(), address, user_agent, "request");
    }
}

/// The user agent as it may be logged: visible ASCII, and no longer than usual ones.
fn user_agent(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(header::USER_AGENT)?.to_str().ok()?;
    Some(text.chars().take(MAX_USER_AGENT).collect())
}

/// The method by a fixed name: a client may send any text as its method, even a secret.
fn known_method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        Method::PATCH => "PATCH",
        Method::TRACE => "TRACE",
        Method::CONNECT => "CONNECT",
        _ => "other",
    }
}
