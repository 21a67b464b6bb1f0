//! The metrics endpoint.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};

use postern_operations::check_health;
use postern_service::Service;

/// The text format of `OpenMetrics`.
const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// `GET /metrics`
pub(crate) async fn fetch(State(service): State<Arc<Service>>) -> Response {
    let available = service.read(|service| check_health(&service.act())).await.is_ok();
    let writable = service.is_writable().await;
    ([(header::CONTENT_TYPE, MEDIA_TYPE)], service.metrics.text(available, writable)).into_response()
}
