//! Envoy, through proxy-wasm: gathers a request, has it decided, carries the decision out. Everything is bytes; nothing
//! here panics on what a client sends.

mod hostcalls;
mod metrics;

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::time::UNIX_EPOCH;

use postern_token::UnixSeconds;
use proxy_wasm::hostcalls as sdk;
use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::{Action, BufferType, ContextType, GrpcStatusCode, LogLevel, MapType, Status};

use self::hostcalls::HeaderMap;
use self::metrics::Metrics;
use crate::decision::{Reason, Verdict};
use crate::gate::Gate;
use crate::reply::{self, Changes, GrpcStatus, Reply};
use crate::request::Request;

/// The module's entry.
mod entry {
    #![allow(unsafe_code, reason = "the SDK's macro exports `_initialize` by name and calls the C constructors")]

    use super::Root;
    use proxy_wasm::traits::RootContext;

    proxy_wasm::main! {{
        proxy_wasm::set_root_context(|_| -> Box<dyn RootContext> { Box::new(Root::default()) });
    }}
}

/// What a plugin's configuration became, shared by all of its streams.
struct Plugin {
    gate: Gate,
    metrics: Metrics,
}

#[derive(Default)]
struct Root {
    plugin: Option<Rc<Plugin>>,
}

impl Context for Root {}

impl RootContext for Root {
    fn on_configure(&mut self, size: usize) -> bool {
        let json = sdk::get_buffer(BufferType::PluginConfiguration, 0, size).ok().flatten().unwrap_or_default();
        match Gate::from_json(&json) {
            Ok(gate) => {
                self.plugin = Some(Rc::new(Plugin { gate, metrics: Metrics::define() }));
                true
            }
            Err(problems) => {
                let _ = sdk::log(LogLevel::Error, &format!("postern: the configuration is refused: {problems}"));
                false
            }
        }
    }

    fn create_http_context(&self, _: u32) -> Option<Box<dyn HttpContext>> {
        Some(Box::new(Stream { plugin: self.plugin.clone() }))
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }
}

struct Stream {
    plugin: Option<Rc<Plugin>>,
}

impl Context for Stream {}

impl HttpContext for Stream {
    fn on_http_request_headers(&mut self, _: usize, _: bool) -> Action {
        let map = HeaderMap::of(MapType::HttpRequestHeaders);
        let fields = map.as_ref().and_then(HeaderMap::fields).unwrap_or_default();
        let request = gather(&fields);
        let Some(plugin) = &self.plugin else {
            return refuse(&reply::deny(&Reason::NotReady, &request));
        };
        let decision = plugin.gate.decide(&request, now());
        plugin.metrics.count(&decision);
        match &decision.verdict {
            Verdict::Allow(grounds) => match carry_out(&reply::allow(grounds, &request, plugin.gate.settings())) {
                Ok(()) => Action::Continue,
                // Half changed is not allowed: a client's own word could stand where ours should.
                Err(_) => refuse(&reply::deny(&Reason::NotReady, &request)),
            },
            Verdict::Deny(reason) => refuse(&reply::deny(reason, &request)),
        }
    }

    fn on_http_request_trailers(&mut self, _: usize) -> Action {
        let map = HeaderMap::of(MapType::HttpRequestTrailers);
        let fields = map.as_ref().and_then(HeaderMap::fields).unwrap_or_default();
        let Some(plugin) = &self.plugin else { return Action::Pause };
        let names = reply::identity_trailers(&fields, plugin.gate.settings());
        match remove(MapType::HttpRequestTrailers, &names) {
            Ok(()) => Action::Continue,
            Err(_) => Action::Pause,
        }
    }
}

fn gather<'a>(fields: &'a [(&'a [u8], &'a [u8])]) -> Request<'a> {
    let pseudo = |wanted: &[u8]| fields.iter().find(|(name, _)| *name == wanted).map_or(&b""[..], |(_, value)| value);
    Request {
        method: pseudo(b":method"),
        path: pseudo(b":path"),
        authority: pseudo(b":authority"),
        headers: fields,
        client_address: &client_address,
    }
}

/// The client's address as Envoy trusts it: the peer's, or what `xff_num_trusted_hops` makes of `x-forwarded-for`.
fn client_address() -> Option<IpAddr> {
    let value = sdk::get_property(vec!["source", "address"]).ok()??;
    let text = std::str::from_utf8(&value).ok()?;
    text.parse::<SocketAddr>().map(|address| address.ip()).or_else(|_| text.parse()).ok()
}

/// The host's clock. One that cannot be read counts as the end of time, when every token that expires has expired.
fn now() -> UnixSeconds {
    let since = sdk::get_current_time().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    UnixSeconds(since.map_or(u64::MAX, |since| since.as_secs()))
}

fn carry_out(changes: &Changes<'_>) -> Result<(), Status> {
    remove(MapType::HttpRequestHeaders, &changes.remove)?;
    for (name, value) in &changes.set {
        sdk::set_map_value_bytes(MapType::HttpRequestHeaders, name, Some(value.as_bytes()))?;
    }
    Ok(())
}

fn remove(map: MapType, names: &[&[u8]]) -> Result<(), Status> {
    for name in names {
        // Envoy lets no field through whose name is not ASCII; should one come, it cannot be removed by name, so nothing passes.
        let name = std::str::from_utf8(name).map_err(|_| Status::BadArgument)?;
        sdk::remove_map_value(map, name)?;
    }
    Ok(())
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
    // Paused and unanswered is still refused: nothing reaches the upstream.
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
