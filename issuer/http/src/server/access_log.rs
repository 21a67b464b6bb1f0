//! One log line and one count in the metrics for each request. Both hold no path, no query and no header but the user agent: others may
//! hold secrets. This is also where the source of a request is set.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::client_address::{Peer, warn_of_untrusted_proxy};
use postern_service::{Service, with_source};

/// In characters.
const MAX_USER_AGENT: usize = 256;

/// Logs a request when it is answered, with its route.
pub(crate) async fn record(State(service): State<Arc<Service>>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = known_method(request.method());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let peer = request.extensions().get::<Peer>().copied();
    warn_of_untrusted_proxy(peer, request.headers(), &service.options.trusted_proxies);
    let options = &service.options;
    let address = peer.map(|peer| peer.client(request.headers(), &options.trusted_proxies));
    let agent = options.access_log_clients.then(|| user_agent(request.headers())).flatten();
    let response = match address {
        Some(address) => with_source(address, next.run(request)).await,
        None => next.run(request).await,
    };
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    let (status, took) = (response.status().as_u16(), started.elapsed());
    service.metrics.count_request(method, route, status, took);
    let address = address.filter(|_| options.access_log_clients).map(tracing::field::display);
    tracing::info!(method, route, status, microseconds = took.as_micros(), address, user_agent = agent, "request");
    response
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
