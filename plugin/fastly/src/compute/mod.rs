//! Serves requests in Fastly Compute. One instance serves several requests, as long as Fastly lets it.

mod issuer;
mod store;

use std::time::{Duration, Instant};

use fastly::http::serve::Serve;
use fastly::http::{HeaderValue, StatusCode, Url};
use fastly::{Request, Response};
use postern_gate::{ConnectionFields, ForwardedHead, ReplyMessage, Ruling, SerialEdge};
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
    let Some(target) = Target::of(&request) else { return text(StatusCode::BAD_REQUEST, "The host is not valid.\n") };
    let is_head = request.get_method() == "HEAD";
    match rule(edge, &request, &target, begin) {
        Ruling::Refuse(message) => refusal(message, is_head),
        Ruling::Forward(head) => forward(request, target.url, &head),
    }
}

/// Where a request goes.
struct Target {
    /// As the client sent it. In the URL, it would be what a browser makes of it: `127.1` would be 127.0.0.1.
    authority: Vec<u8>,
    /// With the path as a browser reads it: Fastly's SDK gives no other.
    url: Url,
}

impl Target {
    /// `None` when Fastly's SDK would panic, because the request's URL has a host that it cannot parse. It parses every path.
    fn of(request: &Request) -> Option<Self> {
        let host = request.get_header("host");
        if let Some(host) = host {
            let host = host.to_str().ok().filter(|host| !host.contains(['/', '\\', '?', '#', '@']))?;
            Url::parse(&format!("https://{host}/")).ok()?;
        }
        let mut url = request.get_url().clone();
        url.set_fragment(None);
        let authority = host.map_or_else(|| url.authority().as_bytes(), HeaderValue::as_bytes).to_vec();
        Some(Self { authority, url })
    }
}

fn rule(edge: Option<&mut SerialEdge>, request: &Request, target: &Target, begin: Instant) -> Ruling {
    let headers: Vec<(&[u8], &[u8])> =
        request.get_headers().map(|(name, value)| (name.as_str().as_bytes(), value.as_bytes())).collect();
    let url = &target.url;
    let path = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    let client_address = || request.get_client_ip_addr();
    let judged = postern_gate::Request {
        method: request.get_method_str().as_bytes(),
        path: path.as_bytes(),
        authority: &target.authority,
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

/// Sends the request to the backend with another head, and with its own method and body, to the URL that was judged.
fn forward(mut request: Request, url: Url, head: &ForwardedHead) -> Response {
    let names: Vec<_> = request.get_header_names().cloned().collect();
    for name in names {
        request.remove_header(name);
    }
    for (name, value) in &head.headers {
        // Fastly passes no upgrade on like this: the answer could not be sent.
        if name.eq_ignore_ascii_case(b"upgrade") || name.eq_ignore_ascii_case(b"connection") {
            continue;
        }
        let Ok(value) = HeaderValue::from_bytes(value) else { return bad_gateway("a header field cannot be sent") };
        request.append_header(name.as_slice(), value);
    }
    request.set_header("host", &head.authority);
    // Otherwise the backend would get the path as the client sent it, which can be another one.
    request.set_url(url);
    // What the backend answers is for this caller. Fastly would keep it for others.
    request.set_pass(true);
    match request.send(UPSTREAM) {
        Ok(response) if response.get_status().is_informational() => bad_gateway("it switches protocols"),
        Ok(response) => for_client(response),
        Err(error) => bad_gateway(&error.root_cause().to_string()),
    }
}

/// Without the fields that are for the connection to the backend only.
fn for_client(mut response: Response) -> Response {
    let fields: Vec<(&[u8], &[u8])> =
        response.get_headers().map(|(name, value)| (name.as_str().as_bytes(), value.as_bytes())).collect();
    let connection = ConnectionFields::of(&fields);
    let names: Vec<_> = response.get_header_names().filter(|name| connection.hold(name.as_str().as_bytes())).cloned().collect();
    for name in names {
        response.remove_header(name);
    }
    response
}

fn bad_gateway(reason: &str) -> Response {
    log(&format!("the backend `{UPSTREAM}` gives no answer: {reason}"));
    text(StatusCode::BAD_GATEWAY, "The upstream gives no answer.\n")
}

fn text(status: StatusCode, body: &str) -> Response {
    Response::from_status(status).with_header("cache-control", "no-store").with_body_text_plain(body)
}

/// Writes a line to the log, which `fastly log-tail` shows.
fn log(message: &str) {
    eprintln!("postern: {message}");
}
