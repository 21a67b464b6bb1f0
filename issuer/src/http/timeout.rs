//! The time that a request may take.

use std::time::Duration;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;

use super::error::Problem;

/// Longer than a transaction waits for the database, so that its own error comes first.
pub(super) const LIMIT: Duration = Duration::from_secs(15);

/// Answers a request that takes too long, a body that trickles in for example.
pub(super) async fn limit(request: Request, next: Next) -> Response {
    match tokio::time::timeout(LIMIT, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::Timeout.into_plain_response(),
    }
}
