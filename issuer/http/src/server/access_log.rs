//! One log line and one count in the metrics for each request. Both hold no path, query or header, which may hold secrets.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;

use crate::client_address::{Peer, warn_of_untrusted_proxy};
use postern_service::Service;

/// Logs a request when it is answered, with its route.
pub(crate) async fn record(State(service): State<Arc<Service>>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = known_method(request.method());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let peer = request.extensions().get::<Peer>().copied();
    warn_of_untrusted_proxy(peer, request.headers(), &service.options.trusted_proxies);
    let response = next.run(request).await;
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    let (status, took) = (response.status().as_u16(), started.elapsed());
    service.metrics.count_request(method, route, status, took);
    tracing::info!(method, route, status, microseconds = took.as_micros(), "request");
    response
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
