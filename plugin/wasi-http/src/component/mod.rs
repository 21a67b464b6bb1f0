//! The component: one export, `wasi:http/incoming-handler`.

mod exchange;
mod fields;
mod forward;
mod issuer;
mod respond;
mod stream;
mod trailers;

use std::cell::RefCell;

use postern_gate::{Request, Ruling, SerialEdge};
use wasip2::exports::http::incoming_handler::Guest;
use wasip2::http::types::{IncomingRequest, ResponseOutparam};

use crate::client_address;
use crate::settings::ComponentSettings;
use issuer::HostLink;

/// The component's entry.
mod entry {
    #![allow(unsafe_code, missing_docs, reason = "the bindings export functions by name")]

    use super::Component;

    wasip2::http::proxy::export!(Component);
}

struct Component;

/// An edge, with what the component needs beside it.
pub(super) struct Edge {
    gate: SerialEdge,
    settings: ComponentSettings,
}

thread_local! {
    /// Kept for as long as the host uses this instance for further requests.
    static EDGE: RefCell<Option<Edge>> = RefCell::new(start());
}

impl Guest for Component {
    fn handle(request: IncomingRequest, response: ResponseOutparam) {
        EDGE.with_borrow_mut(|edge| match edge {
            Some(edge) => handle(edge, &request, response),
            None => respond::without_a_gate(&request, response),
        });
    }
}

/// Starts the edge; what is wrong goes to the log.
fn start() -> Option<Edge> {
    let settings = match ComponentSettings::read(|name| std::env::var(name).ok()) {
        Ok(settings) => settings,
        Err(error) => {
            log(&error.to_string());
            return None;
        }
    };
    match SerialEdge::from_json(settings.configuration.as_bytes(), settings.max_age) {
        Ok(gate) => Some(Edge { gate, settings }),
        Err(error) => {
            log(&error.to_string());
            None
        }
    }
}

fn handle(edge: &mut Edge, request: &IncomingRequest, response: ResponseOutparam) {
    let gathered = Gathered::of(request);
    let headers = gathered.headers();
    let header = edge.settings.client_address_header.as_deref();
    let client_address = || header.and_then(|name| client_address(name, &headers));
    let judged = gathered.request(&headers, &client_address);
    match edge.gate.decide(&judged, &mut HostLink) {
        Ruling::Refuse(message) => respond::refuse(&message, judged.method == b"HEAD", response),
        Ruling::Forward(head) => forward::forward(edge, request, &head.with_forwarded_host(), response),
    }
}

/// A request as the host gives it.
struct Gathered {
    method: String,
    path: String,
    authority: String,
    fields: Vec<(String, Vec<u8>)>,
}

impl Gathered {
    fn of(request: &IncomingRequest) -> Self {
        Self {
            method: fields::method_name(request.method()),
            path: request.path_with_query().unwrap_or_default(),
            authority: request.authority().unwrap_or_default(),
            fields: request.headers().entries(),
        }
    }

    fn headers(&self) -> Vec<(&[u8], &[u8])> {
        self.fields.iter().map(|(name, value)| (name.as_bytes(), value.as_slice())).collect()
    }

    fn request<'a>(
        &'a self,
        headers: &'a [(&'a [u8], &'a [u8])],
        client_address: &'a dyn Fn() -> Option<std::net::IpAddr>,
    ) -> Request<'a> {
        Request {
            method: self.method.as_bytes(),
            path: self.path.as_bytes(),
            authority: self.authority.as_bytes(),
            headers,
            client_address,
        }
    }
}

/// Writes a line to the log.
fn log(message: &str) {
    eprintln!("postern: {message}");
}
