//! The proxy-wasm host of the gate, for Envoy: gathers a request, lets the gate decide it, and carries out the decision. Names and
//! values are bytes; nothing that a client sends makes it panic.
//!
//! The crate is empty on other targets: what it imports from its host exists in a WebAssembly module only.

#![cfg(target_os = "wasi")]

mod callbacks;
mod contexts;
mod exports;
mod following;
mod hostcalls;
mod issuer;
mod memory;
mod metrics;
mod observe;
mod root;
mod shared;
mod streams;
mod verifier;

use std::borrow::Cow;
use std::cell::RefCell;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;

use postern_token::UnixSeconds;
use proxy_wasm::hostcalls as sdk;
use proxy_wasm::types::{Action, GrpcStatusCode, LogLevel, MapType};

use self::hostcalls::{add_field, remove_fields};
use self::metrics::Metrics;
use self::streams::OpenStream;
use postern_gate::reply::{Changes, GrpcStatus, Reply};
use postern_gate::{Gate, OpenStreams, Request, Settings};

/// A plugin of one configuration, which all its streams share.
struct Plugin {
    /// `None` until there is a bundle.
    gate: RefCell<Option<Gate>>,
    settings: Rc<Settings>,
    metrics: Metrics,
    /// Whether there are ticks. Without them, open streams are not judged again, and not kept.
    has_timer: bool,
    /// Never borrowed during a host call that ends a stream, because the stream removes itself.
    open: RefCell<OpenStreams<OpenStream>>,
}

fn log(level: LogLevel, message: &str) {
    let _ = sdk::log(level, &format!("postern: {message}"));
}

fn gather<'a>(fields: &'a [(&'a [u8], &'a [u8])]) -> Request<'a> {
    let (mut method, mut path, mut authority) = (&b""[..], &b""[..], &b""[..]);
    for (name, value) in fields {
        match *name {
            b":method" => method = value,
            b":path" => path = value,
            b":authority" => authority = value,
            _ => {}
        }
    }
    Request { method, path, authority, headers: fields, client_address: &client_address }
}

/// The client's address as Envoy determines it: that of the peer, or an address in `x-forwarded-for`, by `xff_num_trusted_hops`.
fn client_address() -> Option<IpAddr> {
    let value = sdk::get_property(vec!["source", "address"]).ok()??;
    let text = std::str::from_utf8(&value).ok()?;
    text.parse::<SocketAddr>().map(|address| address.ip()).or_else(|_| text.parse()).ok()
}

/// The time of day. If the clock cannot be read, this is the end of time, so that every token with an expiry has expired.
fn now() -> UnixSeconds {
    UnixSeconds(hostcalls::unix_seconds().unwrap_or(u64::MAX))
}

/// Changes the request; `false` when one of the changes failed.
fn carry_out(changes: &Changes<'_>) -> bool {
    let map = MapType::HttpRequestHeaders;
    // No field of a name to set is left, so it can be added, which is cheaper than replacing one.
    remove(map, &changes.remove)
        && changes.set.iter().all(|(name, value)| add_field(map, name, value))
        && changes
            .authority
            .as_ref()
            .is_none_or(|authority| sdk::set_map_value_bytes(map, ":authority", Some(authority.as_bytes())).is_ok())
}

/// Removes fields; `false` when one of them could not be removed.
fn remove(map: MapType, names: &[&[u8]]) -> bool {
    // Envoy refuses fields whose name is not ASCII. Such a field could not be removed by name, so a request with one must not pass.
    names.iter().all(|name| name.is_ascii() && remove_fields(map, name))
}

fn refuse(reply: &Reply) -> Action {
    let sent = if let Some(status) = reply.grpc_status {
        let metadata = reply.headers.iter().filter(|(name, _)| *name != "content-type");
        let metadata = metadata.map(|(name, value)| (*name, value.as_bytes())).collect();
        sdk::send_grpc_response(grpc_status(status), Some(reply.detail), metadata)
    } else {
        let headers = reply.headers.iter().map(|(name, value)| (*name, Cow::as_ref(value))).collect();
        sdk::send_http_response(u32::from(reply.status), headers, Some(reply.body.as_bytes()))
    };
    // When the reply cannot be sent, the SDK panics or the request stays paused: it does not reach the upstream.
    let _ = sent;
    Action::Pause
}

const fn grpc_status(status: GrpcStatus) -> GrpcStatusCode {
    match status {
        GrpcStatus::InvalidArgument => GrpcStatusCode::InvalidArgument,
        GrpcStatus::Unauthenticated => GrpcStatusCode::Unauthenticated,
        GrpcStatus::PermissionDenied => GrpcStatusCode::PermissionDenied,
        GrpcStatus::Unimplemented => GrpcStatusCode::Unimplemented,
        GrpcStatus::Unavailable => GrpcStatusCode::Unavailable,
    }
}
