//! Receives request bodies within the budget for all of them.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use axum::Error;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use hyper::body::{Frame, SizeHint};

use postern_http_types::Problem;
use postern_service::{HeldBody, Service, current_source};

/// The least that a body's buffer grows, in bytes.
const MIN_GROWTH: usize = 1024;

/// Handles a request. Its body takes its share of the budget while it arrives and until the request is answered, because a handler keeps
/// what it has read. Answers 503 if the body does not fit.
pub(crate) async fn limit(State(service): State<Arc<Service>>, request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let held = Arc::new(service.bodies.begin(current_source(), Instant::now()));
    let (parts, body) = request.into_parts();
    let largest = service.options.body_bytes;
    let body = Body::new(Gathered { body, held: Arc::clone(&held), largest, buffer: Vec::new(), ended: false });
    let response = next.run(Request::from_parts(parts, body)).await;
    if held.is_refused() { Problem::Overloaded.into_plain_response() } else { response }
}

/// A body as a single frame, in a buffer of its own. The frames that arrive may each keep a whole read buffer of the connection, however
/// small they are.
struct Gathered {
    body: Body,
    held: Arc<HeldBody>,
    /// Of a larger body, one byte more than this is passed on: the handler refuses it.
    largest: usize,
    buffer: Vec<u8>,
    ended: bool,
}

impl Gathered {
    /// Adds `bytes` to the buffer, or returns false if they do not fit into the budget.
    fn add(&mut self, bytes: &[u8], expected: Option<u64>) -> bool {
        let room = (self.largest + 1).saturating_sub(self.buffer.len());
        let bytes = bytes.get(..room).unwrap_or(bytes);
        let needed = self.buffer.len() + bytes.len();
        let capacity = self.buffer.capacity();
        if needed > capacity {
            // Twice the size that is needed, so that few copies are made, but not more than what the client has announced.
            let announced =
                expected.and_then(|rest| usize::try_from(rest).ok()).map_or(self.largest, |rest| needed.saturating_add(rest));
            let grown = needed.saturating_mul(2).max(MIN_GROWTH).min(announced.min(self.largest)).max(needed);
            if !self.held.take(grown - capacity, Instant::now()) {
                return false;
            }
            self.buffer.reserve_exact(grown - self.buffer.len());
        }
        self.buffer.extend_from_slice(bytes);
        true
    }

    /// Frees the buffer; the body ends with this error.
    fn refuse(&mut self) -> Error {
        self.buffer = Vec::new();
        self.ended = true;
        Error::new("no memory is left for the body")
    }
}

impl HttpBody for Gathered {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        while self.buffer.len() <= self.largest {
            if self.held.poll_refused(context) {
                return Poll::Ready(Some(Err(self.refuse())));
            }
            match ready!(Pin::new(&mut self.body).poll_frame(context)) {
                Some(Ok(frame)) => {
                    let Ok(data) = frame.into_data() else { continue };
                    let expected = self.body.size_hint().exact();
                    if !self.add(&data, expected) {
                        return Poll::Ready(Some(Err(self.refuse())));
                    }
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => break,
            }
        }
        self.ended = true;
        self.held.arrived();
        Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut self.buffer).into()))))
    }

    fn is_end_stream(&self) -> bool {
        self.ended
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
