//! Responses that the component itself makes.

use postern_gate::{ReplyMessage, Ruling};
use postern_token::UnixSeconds;
use wasip2::http::types::{IncomingRequest, OutgoingBody, OutgoingResponse, ResponseOutparam};

use super::{Gathered, fields, log};

/// Refuses a request because the settings are wrong.
pub(super) fn without_a_gate(request: &IncomingRequest, response: ResponseOutparam) {
    let gathered = Gathered::of(request);
    let headers = gathered.headers();
    let judged = gathered.request(&headers, &|| None);
    if let Ruling::Refuse(message) = Ruling::of(None, &judged, UnixSeconds(0)) {
        refuse(&message, judged.method == b"HEAD", response);
    }
}

/// Sends a refusal.
pub(super) fn refuse(message: &ReplyMessage, is_head: bool, response: ResponseOutparam) {
    send(message.status, message.headers.iter().map(|(name, value)| (*name, value.as_ref())), &message.body, is_head, response);
}

/// Tells the client that the upstream gives no answer. The reason goes to the log.
pub(super) fn bad_gateway(reason: &str, response: ResponseOutparam) {
    log(&format!("the upstream in `POSTERN_UPSTREAM` gives no answer: {reason}"));
    send_text(502, "The upstream gives no answer.\n", response);
}

/// Tells the client that the upstream gives no answer in time.
pub(super) fn gateway_timeout(response: ResponseOutparam) {
    log("the upstream in `POSTERN_UPSTREAM` gives no answer in the time of `POSTERN_IDLE_SECONDS`");
    send_text(504, "The upstream gives no answer in time.\n", response);
}

/// Tells the client that its request is too slow.
pub(super) fn request_timeout(response: ResponseOutparam) {
    send_text(408, "The body of the request does not arrive in time.\n", response);
}

fn send_text(status: u16, text: &str, response: ResponseOutparam) {
    let headers = [("content-type", "text/plain"), ("cache-control", "no-store")];
    send(status, headers.into_iter(), text, false, response);
}

fn send<'a>(
    status: u16,
    headers: impl Iterator<Item = (&'a str, &'a str)>,
    body: &str,
    is_head: bool,
    response: ResponseOutparam,
) {
    let length = body.len().to_string();
    let mut headers: Vec<(&str, &str)> = headers.collect();
    if !is_head {
        headers.push(("content-length", &length));
    }
    let Ok(fields) = fields::fields(headers) else { return };
    let outgoing = OutgoingResponse::new(fields);
    if outgoing.set_status_code(status).is_err() {
        return;
    }
    let to = if is_head { None } else { outgoing.body().ok() };
    ResponseOutparam::set(response, Ok(outgoing));
    if let Some(to) = to {
        // The client has closed the connection, so there is no one to answer.
        let _ =
            to.write().map(|stream| body.as_bytes().chunks(4096).try_for_each(|chunk| stream.blocking_write_and_flush(chunk)));
        let _ = OutgoingBody::finish(to, None);
    }
}
