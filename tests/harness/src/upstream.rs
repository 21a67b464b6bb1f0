//! The sample API behind the gateway: it counts requests, and responds with the request that it received.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context as _, Result};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Json, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Map, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// The largest body that the upstream repeats, in bytes.
const MAX_BODY_LEN: usize = 16 << 20;

/// A running upstream, which stops when it is dropped.
#[derive(Debug)]
pub struct Upstream {
    address: SocketAddr,
    seen: Arc<AtomicUsize>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

#[derive(Clone)]
struct Echo {
    name: &'static str,
    seen: Arc<AtomicUsize>,
}

impl Upstream {
    /// Starts an upstream that puts its `name` into each response.
    pub fn start(name: &'static str) -> Result<Self> {
        let seen = Arc::new(AtomicUsize::new(0));
        let router = Router::new().fallback(echo).with_state(Echo { name, seen: Arc::clone(&seen) });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).context("cannot listen")?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let thread = thread::spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    _ = axum::serve(listener, router) => {}
                    _ = stopped => {}
                }
            });
        });
        Ok(Self { address, seen, stop: Some(stop), thread: Some(thread) })
    }

    /// The upstream's address.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many requests have reached the upstream.
    pub fn seen(&self) -> usize {
        self.seen.load(Ordering::SeqCst)
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn echo(State(state): State<Echo>, mut request: Request) -> Response {
    state.seen.fetch_add(1, Ordering::SeqCst);
    if request.headers().contains_key(header::UPGRADE) {
        return echo_bytes(hyper::upgrade::on(&mut request));
    }
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, MAX_BODY_LEN).await.unwrap_or_default();
    let mut fields = Map::new();
    for name in head.headers.keys() {
        let values: Vec<_> = head.headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
        fields.insert(name.to_string(), values.join(", ").into());
    }
    Json(json!({
        "upstream": state.name,
        "method": head.method.as_str(),
        "target": head.uri.to_string(),
        "headers": fields,
        "body": String::from_utf8_lossy(&body),
    }))
    .into_response()
}

/// Accepts an upgrade and sends back what comes, until the other end closes.
fn echo_bytes(upgrade: hyper::upgrade::OnUpgrade) -> Response {
    tokio::spawn(async move {
        if let Ok(upgraded) = upgrade.await {
            let (mut reader, mut writer) = tokio::io::split(TokioIo::new(upgraded));
            // A stream that the gateway resets ends with an error.
            let _ = tokio::io::copy(&mut reader, &mut writer).await;
        }
    });
    (StatusCode::SWITCHING_PROTOCOLS, [(header::CONNECTION, "upgrade"), (header::UPGRADE, "websocket")]).into_response()
}
