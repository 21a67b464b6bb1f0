//! What the issuer serves over HTTP.

mod access_log;
mod client_authentication;
mod connections;
mod edge_bundle;
mod entity_tag;
mod error;
mod form;
mod health;
mod metadata;
mod routes;
mod service;
mod status_list;
mod timeout;
mod token;

use std::future::Future;
use std::sync::Arc;

use tokio::net::TcpListener;

use connections::Limits;
pub use service::Service;

/// Serves until `shutdown` is done and the requests under way have ended, or took too long for it.
pub async fn serve(listener: TcpListener, service: Service, shutdown: impl Future<Output = ()>) {
    connections::serve(listener, routes::routes(Arc::new(service)), Limits::SERVING, shutdown).await;
}
