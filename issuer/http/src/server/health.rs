//! Health endpoints: liveness and readiness.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use postern_http_types::Problem;
use postern_service::Service;

#[derive(Serialize)]
struct Health {
    status: &'static str,
}

/// `GET /livez`: the process answers, independently of its database.
pub(crate) async fn live() -> Response {
    healthy("live")
}

/// `GET /readyz`: the database can be written to as well. It needs no credentials, so the answer says no more than that.
pub(crate) async fn ready(State(service): State<Arc<Service>>) -> Response {
    if service.is_writable().await { healthy("ready") } else { Problem::Unavailable.into_plain_response() }
}

fn healthy(status: &'static str) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], Json(Health { status })).into_response()
}
