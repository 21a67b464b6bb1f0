//! Sends a request that passes to the upstream, and the upstream's response back. Bodies are streamed in both directions at once.

use postern_gate::ForwardedHead;
use wasip2::clocks::monotonic_clock;
use wasip2::http::outgoing_handler;
use wasip2::http::types::{
    FutureIncomingResponse, IncomingRequest, IncomingResponse, Method, OutgoingRequest, OutgoingResponse, ResponseOutparam,
    Scheme,
};
use wasip2::io::poll::{Pollable, poll};

use super::exchange::Body;
use super::stream::{NoBytes, Progress};
use super::{Edge, fields, respond};
use crate::origin::Origin;

/// Sends the request with another head, and its own body.
pub(super) fn forward(edge: &Edge, incoming: &IncomingRequest, head: &ForwardedHead, response: ResponseOutparam) {
    let method = incoming.method();
    let is_head = matches!(method, Method::Head);
    let outgoing = match outgoing_request(incoming, &method, head, &edge.settings.upstream) {
        Ok(outgoing) => outgoing,
        Err(reason) => return respond::bad_gateway(&reason, response),
    };
    let idle = edge.settings.idle_nanoseconds();
    let body = match Body::of_request(incoming, &outgoing, &monotonic_clock::subscribe_duration(idle)) {
        Ok(body) => body,
        Err(NoBytes::Failed) => return respond::bad_gateway("the request's body cannot be read", response),
        Err(NoBytes::Idle) => return respond::request_timeout(response),
    };
    match outgoing_handler::handle(outgoing, None) {
        Ok(future) => exchange(edge, body, &future, is_head, response),
        Err(error) => respond::bad_gateway(&format!("{error:?}"), response),
    }
}

fn outgoing_request(
    incoming: &IncomingRequest,
    method: &Method,
    head: &ForwardedHead,
    upstream: &Origin,
) -> Result<OutgoingRequest, String> {
    let fields = fields::fields(head.headers.iter().map(|(name, value)| (name, value)));
    let outgoing = OutgoingRequest::new(fields.map_err(|name| format!("the host does not send the field `{name}`"))?);
    let scheme = if upstream.is_https { Scheme::Https } else { Scheme::Http };
    outgoing
        .set_method(method)
        .and_then(|()| outgoing.set_path_with_query(incoming.path_with_query().as_deref()))
        .and_then(|()| outgoing.set_scheme(Some(&scheme)))
        .and_then(|()| outgoing.set_authority(Some(&upstream.authority)))
        .map_err(|()| "the host does not send such a request line".to_owned())?;
    Ok(outgoing)
}

/// Lets both bodies advance until the response has ended, or until neither has advanced for too long: each exchange holds an instance.
fn exchange(edge: &Edge, mut upload: Option<Body>, future: &FutureIncomingResponse, is_head: bool, response: ResponseOutparam) {
    let (mut response, mut download) = (Some(response), None);
    loop {
        let mut waits: Vec<Pollable> = Vec::with_capacity(2);
        if let Some(body) = &mut upload {
            match body.advance(|trailers| edge.gate.filter_trailers(trailers)) {
                Progress::Waits(pollable) => waits.push(pollable),
                // After a failure the upstream may still respond: it may have refused the rest of the body.
                Progress::Done | Progress::Failed => upload = None,
            }
        }
        if let Some(client) = response.take() {
            match future.get() {
                None => {
                    waits.push(future.subscribe());
                    response = Some(client);
                }
                Some(Ok(Ok(incoming))) => match begin_response(&incoming, is_head, client) {
                    Some(body) => download = Some(body),
                    None => return,
                },
                Some(Ok(Err(error))) => return respond::bad_gateway(&format!("{error:?}"), client),
                Some(Err(())) => return respond::bad_gateway("the host gives no response", client),
            }
        }
        if let Some(body) = &mut download {
            match body.advance(|_| {}) {
                Progress::Waits(pollable) => waits.push(pollable),
                Progress::Done | Progress::Failed => return,
            }
        }
        let idle = monotonic_clock::subscribe_duration(edge.settings.idle_nanoseconds());
        poll(&waits.iter().chain([&idle]).collect::<Vec<_>>());
        if idle.ready() && !waits.iter().any(Pollable::ready) {
            match (response, upload) {
                (Some(client), Some(_)) => respond::request_timeout(client),
                (Some(client), None) => respond::gateway_timeout(client),
                // The client gets an incomplete message.
                (None, _) => {}
            }
            return;
        }
    }
}

/// Sends the head of the response to the client. Returns its body, if it has one.
fn begin_response(incoming: &IncomingResponse, is_head: bool, client: ResponseOutparam) -> Option<Body> {
    let status = incoming.status();
    let fields = match fields::fields(incoming.headers().entries()) {
        Ok(fields) => fields,
        Err(name) => {
            respond::bad_gateway(&format!("the host does not send the field `{name}` of its response"), client);
            return None;
        }
    };
    let outgoing = OutgoingResponse::new(fields);
    if outgoing.set_status_code(status).is_err() {
        respond::bad_gateway("the host does not send the status of its response", client);
        return None;
    }
    // RFC 9110 section 6.4.1: such a response has no body, whatever its `content-length` says.
    if is_head || matches!(status, 204 | 304) {
        ResponseOutparam::set(client, Ok(outgoing));
        return None;
    }
    let body = outgoing.body().ok().zip(incoming.consume().ok()).and_then(|(to, from)| Body::of_response(from, to));
    ResponseOutparam::set(client, Ok(outgoing));
    body
}
