//! Receives request bodies within the budget for all of them.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use axum::Error;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use hyper::body::{Frame, SizeHint};

use postern_http_types::Problem;
use postern_service::{HeldBody, Service, current_source};

/// The least that a body's buffer grows, in bytes.
const MIN_GROWTH: usize = 1024;

/// Handles a request. Its body takes its share of the budget while it arrives and until the request is answered, because a handler keeps
/// what it has read. Answers 503 if the body does not fit.
pub(super) async fn limit(service: &Service, request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let held = Arc::new(service.bodies.begin(current_source(), Instant::now()));
    let (parts, body) = request.into_parts();
    // One byte more than most routes accept, so that they refuse a larger body at its first piece.
    let piece = service.options.body_bytes.saturating_add(1);
    let body = Gathered { body, held: Arc::clone(&held), piece, buffer: Vec::new(), rest: Bytes::new(), ended: false };
    let body = Body::new(body);
    let response = next.run(Request::from_parts(parts, body)).await;
    if held.is_refused() { Problem::Overloaded.into_plain_response() } else { response }
}

/// A body in large pieces, each in a buffer of its own. The frames that arrive may each keep a whole read buffer of the connection, however
/// small they are.
struct Gathered {
    body: Body,
    held: Arc<HeldBody>,
    /// The length of every piece but the last.
    piece: usize,
    /// The next piece, as far as it has arrived.
    buffer: Vec<u8>,
    /// What has arrived and belongs to later pieces.
    rest: Bytes,
    ended: bool,
}

impl Gathered {
    /// Moves bytes that have arrived into the buffer, or returns false if they do not fit into the budget.
    fn gather(&mut self) -> bool {
        let room = self.piece.saturating_sub(self.buffer.len());
        let bytes = self.rest.split_to(room.min(self.rest.len()));
        let (needed, capacity) = (self.buffer.len() + bytes.len(), self.buffer.capacity());
        if needed > capacity {
            // Twice the size that is needed, so that few copies are made, but not more than what the client has announced.
            let expected = self.body.size_hint().exact().and_then(|expected| usize::try_from(expected).ok());
            let announced =
                expected.map_or(self.piece, |expected| needed.saturating_add(self.rest.len()).saturating_add(expected));
            let grown = needed.saturating_mul(2).max(MIN_GROWTH).min(announced.min(self.piece)).max(needed);
            if !self.held.take(grown - capacity, Instant::now()) {
                return false;
            }
            self.buffer.reserve_exact(grown - self.buffer.len());
        }
        self.buffer.extend_from_slice(&bytes);
        true
    }

    /// Frees what was read; the body ends with this error.
    fn refuse(&mut self) -> Error {
        (self.buffer, self.rest, self.ended) = (Vec::new(), Bytes::new(), true);
        Error::new("no memory is left for the body")
    }
}

impl HttpBody for Gathered {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        while !self.ended {
            if self.held.poll_refused(context) || !self.gather() {
                return Poll::Ready(Some(Err(self.refuse())));
            }
            if self.buffer.len() >= self.piece {
                return Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut self.buffer).into()))));
            }
            match ready!(Pin::new(&mut self.body).poll_frame(context)) {
                // Trailers are not used.
                Some(Ok(frame)) => self.rest = frame.into_data().unwrap_or_default(),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => {
                    self.ended = true;
                    self.held.arrived();
                    let last = std::mem::take(&mut self.buffer);
                    if !last.is_empty() {
                        return Poll::Ready(Some(Ok(Frame::data(last.into()))));
                    }
                }
            }
        }
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        self.ended
    }

    fn size_hint(&self) -> SizeHint {
        // Of what the handler has not got yet.
        let have = u64::try_from(self.buffer.len() + self.rest.len()).unwrap_or_default();
        self.body.size_hint().exact().map_or_else(SizeHint::default, |rest| SizeHint::with_exact(rest.saturating_add(have)))
    }
}
