//! A server with fixed documents, which a test can replace: a bundle and status lists that no issuer makes.

use std::collections::HashMap;
use std::net::{SocketAddr, TcpListener as StdListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use anyhow::{Context as _, Result};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// A running server, which stops when it is dropped.
#[derive(Debug)]
pub struct Documents {
    address: SocketAddr,
    served: Served,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

/// A request for a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The path, without the query.
    pub path: String,
    /// The `Host` header.
    pub host: String,
    /// Whether the request has a credential.
    pub has_credential: bool,
}

#[derive(Debug, Clone, Default)]
struct Served(Arc<Mutex<Content>>);

#[derive(Debug, Default)]
struct Content {
    /// The documents and their entity tags, by path.
    documents: HashMap<String, (String, String)>,
    asked: Vec<Asked>,
}

impl Served {
    fn content(&self) -> MutexGuard<'_, Content> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Documents {
    /// Starts a server without documents.
    pub fn start() -> Result<Self> {
        let served = Served::default();
        let router = Router::new().fallback(serve).with_state(served.clone());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        let listener = StdListener::bind("127.0.0.1:0").context("cannot listen")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let thread = thread::spawn(move || {
            runtime.block_on(async {
                let Ok(listener) = TcpListener::from_std(listener) else { return };
                tokio::select! {
                    _ = axum::serve(listener, router) => {}
                    _ = stopped => {}
                }
            });
        });
        Ok(Self { address, served, stop: Some(stop), thread: Some(thread) })
    }

    /// The server's address.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves `document` at `path` from now on.
    pub fn put(&self, path: &str, document: String) {
        let mut content = self.served.content();
        let tag = format!("\"{}\"", content.asked.len());
        content.documents.insert(path.to_owned(), (tag, document));
    }

    /// The requests since the last call.
    pub fn take_asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.served.content().asked)
    }
}

impl Drop for Documents {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn serve(State(served): State<Served>, request: Request) -> Response {
    let text = |name| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let path = request.uri().path().to_owned();
    let has_credential = request.headers().contains_key(header::AUTHORIZATION);
    let mut content = served.content();
    content.asked.push(Asked { path: path.clone(), host: text(header::HOST).to_owned(), has_credential });
    match content.documents.get(&path) {
        None => StatusCode::NOT_FOUND.into_response(),
        Some((tag, _)) if text(header::IF_NONE_MATCH) == tag => StatusCode::NOT_MODIFIED.into_response(),
        Some((tag, document)) => ([(header::ETAG, tag.clone())], document.clone()).into_response(),
    }
}
