//! The trailers of a body that was read to its end.

use wasip2::http::types::IncomingBody;

/// Trailers, each with its name and its value.
pub(super) type Trailers = Vec<(Vec<u8>, Vec<u8>)>;

/// The trailers; empty when there are none, `None` when they cannot be read.
pub(super) fn read(body: IncomingBody) -> Option<Trailers> {
    let future = IncomingBody::finish(body);
    future.subscribe().block();
    match future.get() {
        Some(Ok(Ok(None))) => Some(Vec::new()),
        Some(Ok(Ok(Some(trailers)))) => {
            Some(trailers.entries().into_iter().map(|(name, value)| (name.into_bytes(), value)).collect())
        }
        _ => None,
    }
}
