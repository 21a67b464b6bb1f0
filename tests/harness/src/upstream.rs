//! The sample API behind the gateway: it counts requests, and responds with the request that it received.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context as _, Result};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::Json;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

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

async fn echo(State(state): State<Echo>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Json<Value> {
    state.seen.fetch_add(1, Ordering::SeqCst);
    let mut fields = Map::new();
    for name in headers.keys() {
        let values: Vec<_> = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
        fields.insert(name.to_string(), values.join(", ").into());
    }
    Json(json!({
        "upstream": state.name,
        "method": method.as_str(),
        "target": uri.to_string(),
        "headers": fields,
        "body": String::from_utf8_lossy(&body),
    }))
}
