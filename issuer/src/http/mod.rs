//! What the issuer serves over HTTP.

mod access_log;
mod client_authentication;
mod edge_bundle;
mod error;
mod form;
mod health;
mod metadata;
mod routes;
mod service;
mod timeout;
mod token;

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::Notify;

pub use service::Service;

/// How long requests that are under way may take to end after the issuer was told to stop.
const GRACE: Duration = Duration::from_secs(10);

/// Serves until `shutdown` is done and the requests under way have ended, or [`GRACE`] is over.
pub async fn serve(
    listener: TcpListener,
    service: Service,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let stopping = Arc::new(Notify::new());
    let grace_is_over = {
        let stopping = Arc::clone(&stopping);
        async move {
            stopping.notified().await;
            tokio::time::sleep(GRACE).await;
        }
    };
    let server = axum::serve(listener, routes::routes(Arc::new(service))).with_graceful_shutdown(async move {
        shutdown.await;
        stopping.notify_one();
    });
    tokio::select! {
        result = async { server.await } => result,
        () = grace_is_over => Ok(()),
    }
}
