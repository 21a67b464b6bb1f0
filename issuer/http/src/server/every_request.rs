//! What is done around every request. It is one layer, because each layer costs every request several allocations, and every edge that
//! waits their memory.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;

use super::access_log::Record;
use super::{host, request_id, transport_security, unread_body};
use postern_service::{Service, with_source};

/// Handles a request under its id.
pub(crate) async fn handle(State(service): State<Arc<Service>>, request: Request, next: Next) -> Response {
    let id = request_id::of(&service, &request);
    let span = tracing::info_span!("request", id);
    let mut response = log(&service, request, next).instrument(span).await;
    request_id::add(&mut response, &id);
    response
}

async fn log(service: &Service, request: Request, next: Next) -> Response {
    let record = Record::begin(service, &request);
    let response = with_source(record.address, answer(service, request, next)).await;
    record.end(service, &response);
    response
}

async fn answer(service: &Service, request: Request, next: Next) -> Response {
    let handle = async move |request| match host::refuse(&request) {
        Some(refusal) => refusal,
        None => next.run(request).await,
    };
    let mut response = unread_body::discard(request, handle).await;
    transport_security::declare(service, &mut response);
    response
}
