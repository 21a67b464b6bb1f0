//! Timeouts of requests.

use std::time::Duration;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;

use crate::edge::preference::MAX_WAIT;
use postern_http_types::Problem;

/// The timeout of a request: longer than a transaction waits for the database, whose own error thus comes first.
pub(crate) const LIMIT: Duration = Duration::from_secs(15);

/// The timeout of a request whose answer may be held.
pub(crate) const HELD_LIMIT: Duration = LIMIT.saturating_add(Duration::from_secs(MAX_WAIT));

/// Answers 408 to a request that takes too long, such as one with a slow body.
pub(crate) async fn limit(request: Request, next: Next) -> Response {
    within(LIMIT, request, next).await
}

/// The same for a route whose answer may be held.
pub(crate) async fn limit_held(request: Request, next: Next) -> Response {
    within(HELD_LIMIT, request, next).await
}

async fn within(limit: Duration, request: Request, next: Next) -> Response {
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::Timeout.into_plain_response(),
    }
}
