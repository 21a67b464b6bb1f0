//! The host's clocks and HTTP client, for following the issuer.

use postern_gate::sync::{Answer, IssuerLink, IssuerRequest, Server};
use postern_token::UnixSeconds;
use wasip2::clocks::{monotonic_clock, wall_clock};
use wasip2::http::outgoing_handler;
use wasip2::http::types::{IncomingResponse, OutgoingRequest, Scheme};
use wasip2::io::poll::{Pollable, poll};
use wasip2::io::streams::StreamError;

use super::{fields, log};
use crate::origin::Origin;

/// The most bytes that are read at once.
const CHUNK: u64 = 64 * 1024;

/// The host of this component.
pub(super) struct HostLink;

impl IssuerLink for HostLink {
    fn monotonic(&self) -> u64 {
        monotonic_clock::now() / 1_000_000
    }

    fn unix_time(&self) -> UnixSeconds {
        UnixSeconds(wall_clock::now().seconds)
    }

    fn ask(&mut self, server: &Server, request: &IssuerRequest, limit: usize) -> Answer {
        let Some(origin) = Origin::parse(&server.cluster) else {
            let what = "`sync.cluster` and the values of `sync.list_clusters` must be origins, such as `https://issuer.example`";
            log(what);
            return Answer::default();
        };
        let deadline = monotonic_clock::subscribe_duration(request.timeout.saturating_mul(1_000_000));
        match response(&origin, request, &deadline) {
            Ok(response) => answer(&response, limit, &deadline).unwrap_or_default(),
            Err(reason) => {
                log(&format!("the server `{}` gives no answer: {reason}", server.cluster));
                Answer::default()
            }
        }
    }

    fn log(&mut self, _is_error: bool, message: &str) {
        log(message);
    }
}

/// The response, with its head. The host follows no redirect.
fn response(origin: &Origin, request: &IssuerRequest, deadline: &Pollable) -> Result<IncomingResponse, String> {
    let own = request.headers.iter().map(|(name, value)| (*name, value));
    let outgoing =
        OutgoingRequest::new(fields::fields(own).map_err(|name| format!("the host does not send the field `{name}`"))?);
    let scheme = if origin.is_https { Scheme::Https } else { Scheme::Http };
    outgoing
        .set_path_with_query(Some(&request.path))
        .and_then(|()| outgoing.set_scheme(Some(&scheme)))
        .and_then(|()| outgoing.set_authority(Some(&origin.authority)))
        .map_err(|()| "the host does not send such a request line".to_owned())?;
    let future = outgoing_handler::handle(outgoing, None).map_err(|error| format!("{error:?}"))?;
    loop {
        match future.get() {
            Some(Ok(response)) => return response.map_err(|error| format!("{error:?}")),
            Some(Err(())) => return Err("the host gives no response".into()),
            None if deadline.ready() => return Err("it takes too long".into()),
            None => drop(poll(&[&future.subscribe(), deadline])),
        }
    }
}

/// The status and the body; `None` when the body does not come in time or is incomplete.
fn answer(response: &IncomingResponse, limit: usize, deadline: &Pollable) -> Option<Answer> {
    let body = response.consume().ok()?;
    let stream = body.stream().ok()?;
    let mut bytes = Vec::new();
    loop {
        match stream.read(CHUNK) {
            Ok(chunk) if chunk.is_empty() && deadline.ready() => return None,
            Ok(chunk) if chunk.is_empty() => drop(poll(&[&stream.subscribe(), deadline])),
            Ok(chunk) if bytes.len() + chunk.len() > limit => {
                return Some(Answer { status: response.status(), body: None, age: 0 });
            }
            Ok(chunk) => bytes.extend(chunk),
            Err(StreamError::Closed) => return Some(Answer { status: response.status(), body: Some(bytes), age: 0 }),
            Err(StreamError::LastOperationFailed(_)) => return None,
        }
    }
}
