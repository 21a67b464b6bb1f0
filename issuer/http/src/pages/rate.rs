//! The request rate of browsers.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

use super::error_page::{Ask, problem};
use super::site::Site;
use crate::client_address::Peer;
use crate::retry_after::seconds;
use postern_service::Service;

/// Answers 429 to an address that requests too many pages. Every request is counted, because a session cookie is easily forged.
pub(crate) async fn limit(State(service): State<Arc<Service>>, request: Request, next: Next) -> Response {
    let unknown = Peer(SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0));
    let peer = request.extensions().get().copied().unwrap_or(unknown);
    let Err(wait) = service.count_page(peer.client(request.headers(), &service.options.trusted_proxies)) else {
        return next.run(request).await;
    };
    let site = Site::of(&service, request.headers());
    let mut response = problem(&site, StatusCode::TOO_MANY_REQUESTS, "too-many-requests", "too-many-requests-why", Ask::NoOne);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds(wait)));
    response
}
