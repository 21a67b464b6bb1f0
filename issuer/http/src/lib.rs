//! What the issuer serves over HTTP.

#![forbid(unsafe_code)]

mod access_log;
mod account;
mod api;
mod authorize;
mod browser;
mod changes;
mod client_authentication;
mod client_form;
mod compose;
mod connections;
mod device;
mod device_authorization;
mod edge_bundle;
mod entity_tag;
mod error;
mod form;
mod guarded;
mod health;
mod housekeeping;
mod introspect;
mod jwks;
mod live_bundle;
mod lookout;
mod metadata;
mod metrics;
mod next_page;
mod open_files;
mod pages;
mod peer;
mod preference;
mod register;
mod request_id;
mod revoke;
mod routes;
mod rules;
mod scrape;
mod service;
mod sign_in;
mod signed_lists;
mod status_list;
mod throttle;
mod timeout;
mod token;
mod trouble;

use std::future::Future;
use std::sync::Arc;

use axum::{Extension, Router};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use connections::Limits;
pub use error::InternalCause;
use postern_model::Actor;
use postern_operations::{Error, Instance};
use postern_secrets::Entropy;
pub use rules::{Housekeeping, Rules};
pub use service::Service;

/// Where the issuer listens.
#[derive(Debug)]
pub struct Listeners {
    /// For clients, and for edges that have no listener of their own.
    pub clients: TcpListener,
    /// For edges alone, so that nobody else can take their connections.
    pub edges: Option<TcpListener>,
    /// For those who watch: metrics and health.
    pub metrics: Option<TcpListener>,
}

/// Serves until `shutdown` is done and the requests under way have ended, or took too long for it. Who waits for a change is
/// answered at once then.
pub async fn serve(listeners: Listeners, service: Service, shutdown: impl Future<Output = ()>) {
    let service = Arc::new(service);
    // They end with it.
    let mut tasks = JoinSet::new();
    tasks.spawn(lookout::look_out(Arc::clone(&service)));
    tasks.spawn(housekeeping::keep_house(Arc::clone(&service)));
    tasks.spawn(housekeeping::carry_over(Arc::clone(&service)));
    let Listeners { clients, edges, metrics } = listeners;
    let apart = edges.is_some();
    let served = [
        Some((clients, routes::for_clients(&service, !apart))),
        edges.map(|listener| (listener, routes::for_edges(&service))),
        metrics.map(|listener| (listener, routes::for_watchers(&service))),
    ];
    let (stop, stopping) = watch::channel(false);
    let mut serving = JoinSet::new();
    let limits = Limits::serving(1 + u32::from(apart), &service.rules);
    tracing::info!(connections = limits.connections, "taking connections");
    for (listener, routes) in served.into_iter().flatten() {
        serving.spawn(serve_until(listener, routes, limits, stopping.clone()));
    }
    shutdown.await;
    service.changes.stop();
    stop.send_replace(true);
    while serving.join_next().await.is_some() {}
}

async fn serve_until(listener: TcpListener, routes: Router, limits: Limits, mut stopping: watch::Receiver<bool>) {
    let stopped = async move {
        // Its sender waits for us.
        let _ = stopping.wait_for(|stop| *stop).await;
    };
    connections::serve(listener, routes, limits, stopped).await;
}

/// The management API for whoever has the database itself: each request is the operator's, and nobody is asked for a credential.
pub fn management(instance: Instance, entropy: Box<dyn Entropy>) -> Result<Router, Error> {
    let service = Arc::new(Service::for_operator(instance, entropy)?);
    Ok(routes::for_operator(&service).layer(Extension(Actor::Operator)))
}
