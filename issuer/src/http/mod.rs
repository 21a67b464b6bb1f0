//! What the issuer serves over HTTP.

mod access_log;
mod changes;
mod client_authentication;
mod client_form;
mod compose;
mod connections;
mod edge_bundle;
mod entity_tag;
mod error;
mod form;
mod health;
mod housekeeping;
mod introspect;
mod jwks;
mod live_bundle;
mod lookout;
mod metadata;
mod open_files;
mod preference;
mod revoke;
mod routes;
mod service;
mod signed_lists;
mod status_list;
mod timeout;
mod token;

use std::future::Future;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::JoinSet;

use connections::Limits;
pub use housekeeping::Housekeeping;
pub use service::Service;

/// Serves until `shutdown` is done and the requests under way have ended, or took too long for it. Who waits for a change is
/// answered at once then.
pub async fn serve(listener: TcpListener, service: Service, shutdown: impl Future<Output = ()>) {
    let service = Arc::new(service);
    // They end with it.
    let mut tasks = JoinSet::new();
    tasks.spawn(lookout::look_out(Arc::clone(&service)));
    tasks.spawn(housekeeping::keep_house(Arc::clone(&service)));
    let stopping = async {
        shutdown.await;
        service.changes.stop();
    };
    let limits = Limits::serving();
    tracing::info!(connections = limits.connections, "taking connections");
    connections::serve(listener, routes::routes(Arc::clone(&service)), limits, stopping).await;
}
