//! Serves requests in Fastly Compute. One instance serves several requests, as long as Fastly lets it.

mod issuer;
mod store;

use std::net::IpAddr;
use std::time::{Duration, Instant};

use fastly::http::serve::Serve;
use fastly::http::{HeaderValue, StatusCode};
use fastly::{Request, Response};
use postern_gate::{ForwardedHead, ReplyMessage, Ruling, SerialEdge};
use postern_token::UnixSeconds;

use self::issuer::ComputeLink;

/// The name of the backend that is guarded.
const UPSTREAM: &str = "upstream";

/// How many requests an instance serves, for how long, and for how long it waits for the next one. Fastly can end it earlier. A change in
/// the stores takes effect with the next instance.
const MAX_REQUESTS: usize = 10_000;
const MAX_LIFETIME: Duration = Duration::from_mins(1);
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// Serves requests until Fastly ends the instance.
pub(crate) fn serve() {
    let mut edge = store::start();
    let begin = Instant::now();
    // Without an edge, the next instance reads the stores again.
    let requests = if edge.is_some() { MAX_REQUESTS } else { 1 };
    let serve = Serve::new().with_max_requests(requests).with_max_lifetime(MAX_LIFETIME).with_timeout(IDLE_TIMEOUT);
    serve.run(|request: Request| answer(edge.as_mut(), request, begin).send_to_client());
}

fn answer(edge: Option<&mut SerialEdge>, request: Request, begin: Instant) -> Response {
    let address = request.get_client_ip_addr();
    let is_head = request.get_method() == "HEAD";
    let ruling = rule(edge, &request, address, begin);
    match ruling {
        Ruling::Refuse(message) => refusal(message, is_head),
        Ruling::Forward(head) => forward(request, &head),
    }
}

fn rule(edge: Option<&mut SerialEdge>, request: &Request, address: Option<IpAddr>, begin: Instant) -> Ruling {
    let headers: Vec<(&[u8], &[u8])> =
        request.get_headers().map(|(name, value)| (name.as_str().as_bytes(), value.as_bytes())).collect();
    let url = request.get_url();
    let path = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    let client_address = || address;
    let judged = postern_gate::Request {
        method: request.get_method_str().as_bytes(),
        path: path.as_bytes(),
        authority: url.authority().as_bytes(),
        headers: &headers,
        client_address: &client_address,
    };
    let mut link = ComputeLink { begin };
    match edge {
        Some(edge) => edge.decide(&judged, &mut link),
        None => Ruling::of(None, &judged, UnixSeconds(0)),
    }
}

fn refusal(message: ReplyMessage, is_head: bool) -> Response {
    let mut response = Response::from_status(message.status);
    for (name, value) in message.headers {
        response.set_header(name, value.as_ref());
    }
    if is_head { response } else { response.with_body(message.body) }
}

/// Sends the request to the backend with another head, and with its own method, path and body.
fn forward(mut request: Request, head: &ForwardedHead) -> Response {
    let names: Vec<_> = request.get_header_names().cloned().collect();
    for name in names {
        request.remove_header(name);
    }
    for (name, value) in &head.headers {
        let Ok(value) = HeaderValue::from_bytes(value) else { return bad_gateway("a header field cannot be sent") };
        request.append_header(name.as_slice(), value);
    }
    request.set_header("host", &head.authority);
    // What the backend answers is for this caller. Fastly would keep it for others.
    request.set_pass(true);
    match request.send(UPSTREAM) {
        Ok(response) => response,
        Err(error) => bad_gateway(&error.root_cause().to_string()),
    }
}

fn bad_gateway(reason: &str) -> Response {
    log(&format!("the backend `{UPSTREAM}` gives no answer: {reason}"));
    let response = Response::from_status(StatusCode::BAD_GATEWAY).with_header("cache-control", "no-store");
    response.with_body_text_plain("The upstream gives no answer.\n")
}

/// Writes a line to the log, which `fastly log-tail` shows.
fn log(message: &str) {
    eprintln!("postern: {message}");
}
