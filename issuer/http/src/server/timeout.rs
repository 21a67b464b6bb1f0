//! Timeouts of requests.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use super::bodies;
use crate::edge::preference::MAX_WAIT;
use postern_http_types::Problem;
use postern_service::Service;

/// The timeout of a request: longer than a transaction waits for the database, whose own error thus comes first.
pub(crate) const LIMIT: Duration = Duration::from_secs(15);

/// The timeout of a request whose answer may be held.
pub(crate) const HELD_LIMIT: Duration = LIMIT.saturating_add(Duration::from_secs(MAX_WAIT));

/// Answers 408 to a request that takes too long, such as one with a slow body.
pub(crate) async fn limit(request: Request, next: Next) -> Response {
    within(LIMIT, next.run(request)).await
}

/// The same for a route that reads a body, within the budget for all bodies.
pub(crate) async fn limit_with_body(State(service): State<Arc<Service>>, request: Request, next: Next) -> Response {
    within(LIMIT, bodies::limit(&service, request, next)).await
}

/// The same for a route whose answer may be held.
pub(crate) async fn limit_held(request: Request, next: Next) -> Response {
    within(HELD_LIMIT, next.run(request)).await
}

async fn within(limit: Duration, response: impl Future<Output = Response>) -> Response {
    match tokio::time::timeout(limit, response).await {
        Ok(response) => response,
        Err(_) => Problem::Timeout.into_plain_response(),
    }
}
