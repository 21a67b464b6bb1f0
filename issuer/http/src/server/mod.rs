//! The server: listeners, routes, limits, timeouts, logs, metrics and health.

mod access_log;
mod bodies;
mod connection_limit;
mod cors;
mod every_request;
mod health;
mod host;
mod listener;
mod memory_limit;
mod metrics;
mod network_share;
mod pipelining;
mod request_id;
mod routes;
mod timeout;
mod transport_security;
mod unread_body;

use std::future::Future;
use std::sync::Arc;

use axum::Router;
use postern_service::{Service, spawn_background_tasks};
use postern_token::AddressBlock;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use listener::Limits;

/// Where the issuer listens.
#[derive(Debug)]
pub struct Listeners {
    /// For clients, and for edges if they have no separate listener.
    pub clients: TcpListener,
    /// For edges only, so that other clients cannot use up their connections.
    pub edges: Option<TcpListener>,
    /// For monitoring: metrics and health.
    pub metrics: Option<TcpListener>,
}

/// Serves until `shutdown` completes and the running requests have finished or have used up their grace period. On shutdown, waiting edges
/// are answered at once.
pub async fn serve(listeners: Listeners, service: Service, shutdown: impl Future<Output = ()>) {
    let service = Arc::new(service);
    // They end when this function returns.
    let _tasks = spawn_background_tasks(&service);
    let Listeners { clients, edges, metrics } = listeners;
    let apart = edges.is_some();
    let served = [
        Some((clients, routes::for_clients(&service, !apart))),
        edges.map(|listener| (listener, routes::for_edges(&service))),
        metrics.map(|listener| (listener, routes::for_monitoring(&service))),
    ];
    let (stop, stopping) = watch::channel(false);
    let mut serving = JoinSet::new();
    let limits = Limits::serving(1 + u32::from(apart), &service.options);
    tracing::info!(connections = limits.connections, "accepting connections");
    for (listener, routes) in served.into_iter().flatten() {
        let trusted = service.options.trusted_proxies.clone();
        serving.spawn(serve_until(listener, routes, limits, trusted, stopping.clone()));
    }
    shutdown.await;
    service.changes.stop();
    stop.send_replace(true);
    while serving.join_next().await.is_some() {}
    if let Err(failure) = service.write_events().await {
        failure.report();
    }
}

async fn serve_until(
    listener: TcpListener,
    routes: Router,
    limits: Limits,
    trusted_proxies: Vec<AddressBlock>,
    mut stopping: watch::Receiver<bool>,
) {
    let stopped = async move {
        // The sender outlives this task.
        let _ = stopping.wait_for(|stop| *stop).await;
    };
    listener::serve(listener, routes, limits, trusted_proxies, stopped).await;
}
