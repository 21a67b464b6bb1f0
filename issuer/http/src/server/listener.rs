//! Connections: how many there are, how long each may take, and how they end.

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
use crate::client_address::Peer;
use crate::server::timeout::HELD_LIMIT;
use postern_service::ServeOptions;

/// About how many bytes of a request are kept before its head is complete. Whatever we hand out needs a fraction of it.
const MAX_HEAD_LEN: usize = 64 * 1024;

/// What strangers may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// How many connections there are at once; the next ones wait to be accepted. One whose answer is held counts too.
    pub(crate) connections: u32,
    /// How long a connection may take for a request's head, and how long it may lie idle before it.
    pub(crate) head: Duration,
    /// How long a connection lives: one that never reads its answers cannot stay for ever.
    pub(crate) age: Duration,
    /// How long the last request of a connection that has lived long enough may take: longer than any request may, so that
    /// it gets its answer.
    pub(crate) last: Duration,
    /// How long requests that are under way may take to end after the server was told to stop: longer than one may take whose
    /// answer is not held, and the others are answered at once.
    pub(crate) grace: Duration,
}

impl Limits {
    /// What holds when the issuer serves at so many busy places.
    pub(crate) fn serving(places: u32, options: &ServeOptions) -> Self {
        let some_more = Duration::from_secs(5);
        Self {
            connections: connection_limit::connections(places).min(options.connections.unwrap_or(u32::MAX)),
            head: Duration::from_secs(15),
            age: Duration::from_mins(5),
            last: HELD_LIMIT + some_more,
            grace: options.shutdown_grace,
        }
    }
}

/// Serves until `shutdown` is done and every request under way has ended, or the grace is over.
pub(crate) async fn serve(mut listener: TcpListener, routes: Router, limits: Limits, shutdown: impl Future<Output = ()>) {
    let slots = Arc::new(Semaphore::new(usize::try_from(limits.connections).unwrap_or(Semaphore::MAX_PERMITS)));
    let (stop, stopping) = watch::channel(false);
    let mut shutdown = pin!(shutdown);
    loop {
        let next = async {
            let slot = Arc::clone(&slots).acquire_owned().await;
            // It waits where the process has no file left, and tries again.
            let (stream, peer) = Listener::accept(&mut listener).await;
            (slot, stream, Peer(peer))
        };
        tokio::select! {
            () = &mut shutdown => break,
            (slot, stream, peer) = next => {
                let (routes, stopping) = (routes.clone(), stopping.clone());
                tokio::spawn(async move {
                    serve_connection(stream, peer, routes, limits, stopping).await;
                    drop(slot);
                });
            }
        }
    }
    drop(listener);
    stop.send_replace(true);
    // Whoever holds every slot is alone. What is not over by then is cut off.
    let _ = timeout(limits.grace, slots.acquire_many(limits.connections)).await;
}

async fn serve_connection(stream: TcpStream, peer: Peer, routes: Router, limits: Limits, stopping: watch::Receiver<bool>) {
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        TowerToHyperService::new(routes.clone()).call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(MAX_HEAD_LEN)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let mut stopped = pin!(told_to_stop(stopping));
    // Errors of a connection are its client's: it went away, or it speaks something else. Nothing is left to tell it.
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
    // Its sender waits for us.
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
            .route("/", get(async || "here"))
            .route("/large", get(async move || large))
            .route("/slow", post(async |body: String| body))
            .route("/held", get(async || sleep(4 * SHORT).await));
        let task = tokio::spawn(serve(listener, routes, limits, async {
            // Dropping the sender stops too.
            let _ = stopped.await;
        }));
        Serving { address, stop, task }
    }

    /// Sends `request`, reads what comes back until the connection ends, and says how long that took.
    async fn exchange(address: SocketAddr, request: &[u8]) -> (String, Duration) {
        let started = Instant::now();
        let mut stream = TcpStream::connect(address).await.unwrap();
        // Who refuses a request may stop reading it.
        let _ = stream.write_all(request).await;
        let mut answer = Vec::new();
        let ended = timeout(Duration::from_secs(10), stream.read_to_end(&mut answer)).await;
        // Reset or closed: both are an end.
        assert!(ended.is_ok(), "the connection stays open after {}", String::from_utf8_lossy(&answer));
        (String::from_utf8(answer).unwrap(), started.elapsed())
    }

    #[tokio::test]
    async fn a_head_that_trickles_in_and_an_idle_connection_are_cut_off() {
        let serving = start(Limits { head: SHORT, ..PATIENT }).await;
        for head in [&b""[..], b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nhost: a\r\nx: "] {
            let (answer, took) = exchange(serving.address, head).await;
            assert!(!answer.contains("200 OK") && took >= SHORT, "{answer}");
        }
        let (answer, _) = exchange(serving.address, REQUEST).await;
        assert!(answer.ends_with("here"), "{answer}");
    }

    #[tokio::test]
    async fn an_answer_that_is_held_comes_however_short_the_other_limits_are() {
        for limits in [Limits { head: SHORT, ..PATIENT }, Limits { age: SHORT, last: LONG, ..PATIENT }] {
            let serving = start(limits).await;
            let (answer, took) = exchange(serving.address, b"GET /held HTTP/1.1\r\nhost: a\r\n\r\n").await;
            assert!(answer.starts_with("HTTP/1.1 200") && took >= 4 * SHORT, "{answer}");
        }
    }

    #[tokio::test]
    async fn a_connection_whose_answer_nobody_reads_ends_of_age() {
        let serving = start(Limits { connections: 1, age: SHORT, ..PATIENT }).await;
        let mut deaf = TcpStream::connect(serving.address).await.unwrap();
        deaf.write_all(b"GET /large HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        // Its slot is free again for the next one.
        let (answer, _) = exchange(serving.address, REQUEST).await;
        assert!(answer.ends_with("here"), "{answer}");
    }

    #[tokio::test]
    async fn more_connections_than_there_may_be_wait_their_turn() {
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
    async fn a_head_larger_than_it_may_be_is_refused() {
        let serving = start(PATIENT).await;
        let head = format!("GET / HTTP/1.1\r\nhost: a\r\nx: {}\r\n\r\n", "x".repeat(4 * MAX_HEAD_LEN));
        let (answer, _) = exchange(serving.address, head.as_bytes()).await;
        // A client that still sends may see its connection reset before it has read the answer.
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    }

    #[tokio::test]
    async fn stopping_lets_requests_end_and_waits_for_nobody_else() {
        let serving = start(Limits { grace: LONG, ..PATIENT }).await;
        let mut slow = TcpStream::connect(serving.address).await.unwrap();
        slow.write_all(b"POST /slow HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\nexpect: 100-continue\r\n\r\n").await.unwrap();
        // The handler is at work once it asks for the body.
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
    async fn stopping_cuts_off_what_does_not_end() {
        let serving = start(PATIENT).await;
        let mut stuck = TcpStream::connect(serving.address).await.unwrap();
        stuck.write_all(b"POST /slow HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\nexpect: 100-continue\r\n\r\n").await.unwrap();
        stuck.read_exact(&mut [0; 25]).await.unwrap();
        serving.stop.send(()).unwrap();
        timeout(Duration::from_secs(10), serving.task).await.unwrap().unwrap();
    }
}
