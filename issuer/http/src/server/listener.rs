//! Accepts connections, limits their number and duration, and shuts them down.

use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::serve::Listener;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};

use super::connection_limit;
use super::network_share::NetworkShare;
use super::pipelining::Pipelining;
use crate::client_address::Peer;
use crate::server::timeout::HELD_LIMIT;
use postern_service::ServeOptions;
use postern_token::AddressBlock;

/// The size in bytes that a request's head may have, approximately, and that the connection's read buffer grows to. No token or URL of ours
/// comes near it.
const MAX_HEAD_LEN: usize = 16 * 1024;

/// Limits on what an unauthenticated client may use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// The most connections at once; more wait to be accepted. Connections of waiting edges count.
    pub(crate) connections: u32,
    /// The time to receive a request's head, idle time before it included.
    pub(crate) head: Duration,
    /// The lifetime of a connection, so that a client that never reads its answers cannot hold one forever.
    pub(crate) age: Duration,
    /// The time that the last request may take after a connection's lifetime has ended: longer than any request may take.
    pub(crate) last: Duration,
    /// The time that running requests get to finish after the server was told to stop: longer than a request may take; waiting edges are
    /// answered at once.
    pub(crate) grace: Duration,
}

impl Limits {
    /// The limits of a server with that many listeners for clients and edges.
    pub(crate) fn serving(listeners: u32, options: &ServeOptions) -> Self {
        let margin = Duration::from_secs(5);
        Self {
            connections: connection_limit::connections(listeners, options.connections),
            head: Duration::from_secs(15),
            age: Duration::from_mins(5),
            last: HELD_LIMIT + margin,
            grace: options.shutdown_grace,
        }
    }
}

/// Serves until `shutdown` completes and every running request has finished or has used up the grace period.
pub(crate) async fn serve(
    mut listener: TcpListener,
    routes: Router,
    limits: Limits,
    trusted_proxies: Vec<AddressBlock>,
    shutdown: impl Future<Output = ()>,
) {
    let share = Arc::new(NetworkShare::new(limits.connections, trusted_proxies));
    let slots = Arc::new(Semaphore::new(usize::try_from(limits.connections).unwrap_or(Semaphore::MAX_PERMITS)));
    let (stop, stopping) = watch::channel(false);
    let mut shutdown = pin!(shutdown);
    loop {
        let next = async {
            let slot = Arc::clone(&slots).acquire_owned().await;
            // Waits and retries when the process has no file descriptor left.
            let (stream, peer) = Listener::accept(&mut listener).await;
            (slot, stream, Peer(peer))
        };
        tokio::select! {
            () = &mut shutdown => break,
            (slot, stream, peer) = next => {
                let Some(counted) = share.count(peer.0.ip()) else { continue };
                let (routes, stopping) = (routes.clone(), stopping.clone());
                tokio::spawn(async move {
                    serve_connection(stream, peer, routes, limits, stopping).await;
                    drop((slot, counted));
                });
            }
        }
    }
    drop(listener);
    stop.send_replace(true);
    // Holding every slot means that no connection is left. Connections still open after the grace period are closed.
    let _ = timeout(limits.grace, slots.acquire_many(limits.connections)).await;
}

async fn serve_connection(stream: TcpStream, peer: Peer, routes: Router, limits: Limits, stopping: watch::Receiver<bool>) {
    let (stream, pipelining) = Pipelining::watch(stream);
    let service = service_fn(move |mut request: Request<Incoming>| {
        let turn = pipelining.next();
        request.extensions_mut().insert(peer);
        let routes = routes.clone();
        async move {
            turn.give_way().await;
            let mut response = TowerToHyperService::new(routes).call(request).await?;
            turn.end_after(&mut response);
            Ok::<_, Infallible>(response)
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(MAX_HEAD_LEN)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let mut stopped = pin!(told_to_stop(stopping));
    // Errors of a connection are the client's doing (it closed the connection, or does not speak HTTP) and cannot be reported to it.
    tokio::select! {
        _ = connection.as_mut() => return,
        () = stopped.as_mut() => {}
        () = sleep(limits.age) => {
            connection.as_mut().graceful_shutdown();
            tokio::select! {
                _ = connection.as_mut() => return,
                () = stopped.as_mut() => {}
                () = sleep(limits.last) => return,
            }
        }
    }
    connection.as_mut().graceful_shutdown();
    let _ = timeout(limits.grace, connection).await;
}

async fn told_to_stop(mut stopping: watch::Receiver<bool>) {
    // The sender outlives this task.
    let _ = stopping.wait_for(|stop| *stop).await;
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use axum::routing::{get, post};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::sync::oneshot;
    use tokio::task::JoinHandle;
    use tokio::time::Instant;

    use super::*;

    const LONG: Duration = Duration::from_mins(1);
    const SHORT: Duration = Duration::from_millis(200);
    const PATIENT: Limits = Limits { connections: 8, head: LONG, age: LONG, last: SHORT, grace: SHORT };
    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n";

    struct Serving {
        address: SocketAddr,
        stop: oneshot::Sender<()>,
        task: JoinHandle<()>,
    }

    async fn start(limits: Limits) -> Serving {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let large = "x".repeat(8 * 1024 * 1024);
        let routes = Router::new()
            .route("/", get(async || "ok"))
            .route("/large", get(async move || large))
            .route("/slow", post(async |body: String| body))
            .route("/held", get(async || sleep(4 * SHORT).await));
        let task = tokio::spawn(serve(listener, routes, limits, Vec::new(), async {
            // Dropping the sender stops too.
            let _ = stopped.await;
        }));
        Serving { address, stop, task }
    }

    /// Sends `request`, reads until the connection ends, and returns the answer and the time that it took.
    async fn exchange(address: SocketAddr, request: &[u8]) -> (String, Duration) {
        let started = Instant::now();
        let mut stream = TcpStream::connect(address).await.unwrap();
        // A server that refuses a request may stop reading it.
        let _ = stream.write_all(request).await;
        let mut answer = Vec::new();
        let ended = timeout(Duration::from_secs(10), stream.read_to_end(&mut answer)).await;
        // Reset and closed both end the connection.
        assert!(ended.is_ok(), "the connection stays open after {}", String::from_utf8_lossy(&answer));
        (String::from_utf8(answer).unwrap(), started.elapsed())
    }

    #[tokio::test]
    async fn slow_heads_and_idle_connections_are_closed() {
        let serving = start(Limits { head: SHORT, ..PATIENT }).await;
        for head in [&b""[..], b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nhost: a\r\nx: "] {
            let (answer, took) = exchange(serving.address, head).await;
            assert!(!answer.contains("200 OK") && took >= SHORT, "{answer}");
        }
        let (answer, _) = exchange(serving.address, REQUEST).await;
        assert!(answer.ends_with("ok"), "{answer}");
    }

    #[tokio::test]
    async fn held_answers_arrive_however_short_the_other_limits_are() {
        for limits in [Limits { head: SHORT, ..PATIENT }, Limits { age: SHORT, last: LONG, ..PATIENT }] {
            let serving = start(limits).await;
            let (answer, took) = exchange(serving.address, b"GET /held HTTP/1.1\r\nhost: a\r\n\r\n").await;
            assert!(answer.starts_with("HTTP/1.1 200") && took >= 4 * SHORT, "{answer}");
        }
    }

    #[tokio::test]
    async fn connections_whose_answers_are_not_read_end_with_their_lifetime() {
        let serving = start(Limits { connections: 1, age: SHORT, ..PATIENT }).await;
        let mut not_reading = TcpStream::connect(serving.address).await.unwrap();
        not_reading.write_all(b"GET /large HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        // Its slot is free again.
        let (answer, _) = exchange(serving.address, REQUEST).await;
        assert!(answer.ends_with("ok"), "{answer}");
    }

    #[tokio::test]
    async fn excess_connections_wait_to_be_accepted() {
        let serving = start(Limits { connections: 2, ..PATIENT }).await;
        let first = TcpStream::connect(serving.address).await.unwrap();
        let _second = TcpStream::connect(serving.address).await.unwrap();
        let mut third = TcpStream::connect(serving.address).await.unwrap();
        third.write_all(REQUEST).await.unwrap();
        let mut answer = [0; 12];
        assert!(timeout(SHORT, third.read_exact(&mut answer)).await.is_err());
        drop(first);
        timeout(LONG, third.read_exact(&mut answer)).await.unwrap().unwrap();
        assert_eq!(&answer, b"HTTP/1.1 200");
    }

    #[tokio::test]
    async fn one_address_cannot_hold_all_connections() {
        let serving = start(PATIENT).await;
        let mut held = Vec::new();
        for _ in 0..6 {
            held.push(TcpStream::connect(serving.address).await.unwrap());
        }
        let (answer, _) = exchange(serving.address, b"").await;
        assert_eq!(answer, "", "the seventh of eight is closed");
        drop(held.pop());
        // The server learns of it a little later.
        timeout(LONG, async {
            let request = b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
            while !exchange(serving.address, request).await.0.ends_with("ok") {}
        })
        .await
        .unwrap();
    }

    #[tokio::test]
    async fn oversized_heads_are_refused() {
        let serving = start(PATIENT).await;
        let head = format!("GET / HTTP/1.1\r\nhost: a\r\nx: {}\r\n\r\n", "x".repeat(4 * MAX_HEAD_LEN));
        let (answer, _) = exchange(serving.address, head.as_bytes()).await;
        // A client that still sends may see its connection reset before it has read the answer.
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    }

    #[tokio::test]
    async fn shutdown_waits_for_running_requests_only() {
        let serving = start(Limits { grace: LONG, ..PATIENT }).await;
        let mut slow = TcpStream::connect(serving.address).await.unwrap();
        slow.write_all(b"POST /slow HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\nexpect: 100-continue\r\n\r\n").await.unwrap();
        // The handler runs once it asks for the body.
        let mut asked = [0; 25];
        slow.read_exact(&mut asked).await.unwrap();
        let mut idle = TcpStream::connect(serving.address).await.unwrap();
        idle.write_all(REQUEST).await.unwrap();
        idle.read_exact(&mut [0; 12]).await.unwrap();
        serving.stop.send(()).unwrap();
        let mut rest = Vec::new();
        timeout(LONG, idle.read_to_end(&mut rest)).await.unwrap().unwrap();
        assert!(!serving.task.is_finished());
        slow.write_all(b"done").await.unwrap();
        let mut answer = String::new();
        timeout(LONG, slow.read_to_string(&mut answer)).await.unwrap().unwrap();
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("done"), "{answer}");
        timeout(LONG, serving.task).await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn shutdown_closes_connections_after_the_grace_period() {
        let serving = start(PATIENT).await;
        let mut stuck = TcpStream::connect(serving.address).await.unwrap();
        stuck.write_all(b"POST /slow HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\nexpect: 100-continue\r\n\r\n").await.unwrap();
        stuck.read_exact(&mut [0; 25]).await.unwrap();
        serving.stop.send(()).unwrap();
        timeout(Duration::from_secs(10), serving.task).await.unwrap().unwrap();
    }
}
