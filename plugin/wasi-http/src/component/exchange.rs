//! The two bodies of an exchange with the upstream.

use wasip2::http::types::{IncomingBody, IncomingRequest, OutgoingBody, OutgoingRequest};
use wasip2::io::poll::Pollable;
use wasip2::io::streams::InputStream;

use super::fields;
use super::stream::{self, Copy, NoBytes, Progress};
use super::trailers::{self, Trailers};

/// A body on its way, from one message to another.
pub(super) struct Body {
    /// `None` once the copy has ended.
    copy: Option<Copy>,
    ends: Option<(IncomingBody, OutgoingBody)>,
}

impl Body {
    /// The body of a response, which may be empty.
    pub(super) fn of_response(from: IncomingBody, to: OutgoingBody) -> Option<Self> {
        let stream = from.stream().ok()?;
        Self::begin(stream, Vec::new(), from, to)
    }

    /// The body of a request; `Ok(None)` when it has none. The host tells neither that nor the transfer encoding, so where no length is
    /// given, this waits for the first bytes. Otherwise the upstream would get an empty body in chunks with every GET.
    pub(super) fn of_request(
        incoming: &IncomingRequest,
        outgoing: &OutgoingRequest,
        deadline: &Pollable,
    ) -> Result<Option<Self>, NoBytes> {
        let length = incoming.headers().get("content-length");
        if length.first().is_some_and(|length| length == b"0") {
            return Ok(None);
        }
        let from = incoming.consume().map_err(failed)?;
        let stream = from.stream().map_err(failed)?;
        let read = if length.is_empty() { stream::first_bytes(&stream, deadline)? } else { Some(Vec::new()) };
        let Some(read) = read else { return Ok(None) };
        Self::begin(stream, read, from, outgoing.body().map_err(failed)?).map(Some).ok_or(NoBytes::Failed)
    }

    fn begin(stream: InputStream, read: Vec<u8>, from: IncomingBody, to: OutgoingBody) -> Option<Self> {
        let copy = Copy::new(stream, to.write().ok()?, read);
        Some(Self { copy: Some(copy), ends: Some((from, to)) })
    }

    /// Copies what is there. At the end come the trailers, which `filter` may change. A body that cannot be completed is dropped, which the
    /// receiver sees as an incomplete message.
    pub(super) fn advance(&mut self, filter: impl FnOnce(&mut Trailers)) -> Progress {
        let Some(copy) = &mut self.copy else { return Progress::Done };
        let progress = copy.advance();
        if matches!(progress, Progress::Waits(_)) {
            return progress;
        }
        // The streams must be gone before the bodies can be finished.
        self.copy = None;
        match (progress, self.ends.take()) {
            (Progress::Done, Some((from, to))) => finish(from, to, filter),
            _ => Progress::Failed,
        }
    }
}

const fn failed((): ()) -> NoBytes {
    NoBytes::Failed
}

fn finish(from: IncomingBody, to: OutgoingBody, filter: impl FnOnce(&mut Trailers)) -> Progress {
    let Some(mut trailers) = trailers::read(from) else { return Progress::Failed };
    filter(&mut trailers);
    let Ok(fields) = (if trailers.is_empty() { Ok(None) } else { fields::fields(trailers).map(Some) }) else {
        return Progress::Failed;
    };
    match OutgoingBody::finish(to, fields) {
        Ok(()) => Progress::Done,
        Err(_) => Progress::Failed,
    }
}
