//! Reads the rest of a request's body before the answer, so that a client that is still sending it gets the answer.
//!
//! A server that closes a connection while data arrives makes the system reset the connection, and the client loses an answer such as 413.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Error;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::header;
use axum::response::Response;
use hyper::body::{Frame, SizeHint};

/// The most bytes that are read and discarded. If the rest is larger, the connection ends.
const MAX_LEN: usize = 16 * 1024 * 1024;

/// How long it may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Lets `handle` handle a request, and then reads the rest of its body.
pub(super) async fn discard(request: Request, handle: impl AsyncFnOnce(Request) -> Response) -> Response {
    if request.body().is_end_stream() {
        return handle(request).await;
    }
    let waits = request.headers().contains_key(header::EXPECT);
    let (parts, body) = request.into_parts();
    let shared = Arc::new(Mutex::new(Shared { body, begun: false }));
    let response = handle(Request::from_parts(parts, Body::new(Lent(Arc::clone(&shared))))).await;
    // A client that waits for `100 Continue` sends nothing before the body is read.
    if !waits || lock(&shared).begun {
        // If the rest cannot be read in time, the connection ends.
        let _ = tokio::time::timeout(TIMEOUT, read_rest(&shared)).await;
    }
    response
}

/// A body, and whether a handler has begun to read it.
struct Shared {
    body: Body,
    begun: bool,
}

async fn read_rest(shared: &Mutex<Shared>) {
    let mut len = 0;
    while len < MAX_LEN {
        match std::future::poll_fn(|context| Pin::new(&mut lock(shared).body).poll_frame(context)).await {
            Some(Ok(frame)) => len += frame.data_ref().map_or(0, Bytes::len),
            Some(Err(_)) | None => break,
        }
    }
}

/// A body that is read through a handle, and outlives it.
struct Lent(Arc<Mutex<Shared>>);

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let mut shared = lock(&self.0);
        shared.begun = true;
        Pin::new(&mut shared.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        lock(&self.0).body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        lock(&self.0).body.size_hint()
    }
}

/// Locks the body, which only one task at a time uses.
fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
