//! The proxy-wasm host of the gate, for Envoy: gathers a request, lets the gate decide it, and carries out the decision. Names and
//! values are bytes; nothing that a client sends makes it panic.
//!
//! The crate is empty on other targets: what it imports from its host exists in a WebAssembly module only.

#![cfg(target_os = "wasi")]

mod following;
mod hostcalls;
mod issuer;
mod metrics;
mod observe;
mod shared;
mod streams;
mod verifier;

use std::borrow::Cow;
use std::cell::RefCell;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::time::{Duration, UNIX_EPOCH};

use postern_token::UnixSeconds;
use proxy_wasm::hostcalls as sdk;
use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::{Action, BufferType, ContextType, GrpcStatusCode, LogLevel, MapType, Status};

use self::following::Following;
use self::hostcalls::HeaderMap;
use self::metrics::{Metrics, SyncMetrics};
use self::streams::OpenStream;
use self::verifier::HostVerifier;
use postern_gate::reply::{self, Changes, GrpcStatus, Reply};
use postern_gate::{CacheUse, Configuration, Gate, OpenStreams, Reason, Request, Settings, StreamKey};

/// How often a worker checks for a change, and does a slice of the work on open streams.
const TICK: Duration = Duration::from_millis(50);

/// How many ticks pass between two updates of the gauges.
const SLOW_TICKS: u32 = 20;

/// The module's entry.
mod entry {
    #![allow(unsafe_code, reason = "the SDK's macro exports `_initialize` by name and calls the C constructors")]

    use super::Root;
    use proxy_wasm::traits::RootContext;

    proxy_wasm::main! {{
        proxy_wasm::set_root_context(|context| -> Box<dyn RootContext> { Box::new(Root::new(context)) });
    }}
}

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

struct Root {
    context: u32,
    plugin: Option<Rc<Plugin>>,
    sync: Option<SyncState>,
    ticks: u32,
}

/// The additional state of a plugin that follows an issuer.
struct SyncState {
    following: Following,
    metrics: SyncMetrics,
}

impl Root {
    const fn new(context: u32) -> Self {
        Self { context, plugin: None, sync: None, ticks: 0 }
    }
}

impl Context for Root {
    fn on_http_call_response(&mut self, call: u32, _: usize, _: usize, _: usize) {
        let (Some(plugin), Some(sync)) = (&self.plugin, &mut self.sync) else { return };
        let outcome = sync.following.answered(call, &mut plugin.gate.borrow_mut(), now());
        sync.metrics.count(outcome.as_ref());
        plugin.metrics.measure_memory();
        sync.metrics.show(sync.following.age_and_revision());
        plugin.judge_open_streams(sync.following.take_change(), self.context);
    }
}

impl RootContext for Root {
    fn on_configure(&mut self, size: usize) -> bool {
        let json = sdk::get_buffer(BufferType::PluginConfiguration, 0, size).ok().flatten().unwrap_or_default();
        let (gate, settings, sync) = match Configuration::from_json(&json) {
            Ok(Configuration::Inline(gate)) => {
                let settings = gate.settings();
                (Some(gate.with_verifier(Rc::new(HostVerifier))), settings, None)
            }
            Ok(Configuration::Synced(sync, settings)) => match Following::start(sync, Rc::clone(&settings)) {
                Ok(following) => (None, settings, Some(SyncState { following, metrics: SyncMetrics::define() })),
                Err(failure) => {
                    log(LogLevel::Error, &failure.to_string());
                    return false;
                }
            },
            Err(problems) => {
                log(LogLevel::Error, &format!("the configuration is refused: {problems}"));
                return false;
            }
        };
        let has_timer = sdk::set_tick_period(TICK).is_ok();
        if !has_timer && sync.is_some() {
            return false;
        }
        let open = RefCell::new(OpenStreams::new(settings.open_requests_bytes));
        self.plugin = Some(Rc::new(Plugin { gate: RefCell::new(gate), settings, metrics: Metrics::define(), has_timer, open }));
        self.sync = sync;
        true
    }

    fn on_tick(&mut self) {
        let Some(plugin) = &self.plugin else { return };
        self.ticks = (self.ticks + 1) % SLOW_TICKS;
        let is_slow = self.ticks == 0;
        let changed = self.sync.as_mut().is_some_and(|sync| {
            let outcome = sync.following.tick(&mut plugin.gate.borrow_mut());
            sync.metrics.count(outcome.as_ref());
            if is_slow {
                sync.metrics.show(sync.following.age_and_revision());
            }
            sync.following.take_change()
        });
        if is_slow {
            plugin.metrics.measure_memory();
            plugin.metrics.count_cache(CacheUse::default(), true);
        }
        plugin.judge_open_streams(changed, self.context);
    }

    fn create_http_context(&self, context: u32) -> Option<Box<dyn HttpContext>> {
        Some(Box::new(Stream { context, plugin: self.plugin.clone(), open: None }))
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }
}

struct Stream {
    context: u32,
    plugin: Option<Rc<Plugin>>,
    /// Set while a request that passed is open.
    open: Option<StreamKey>,
}

impl Drop for Stream {
    fn drop(&mut self) {
        if let (Some(plugin), Some(key)) = (&self.plugin, self.open) {
            plugin.open.borrow_mut().remove(key);
        }
    }
}

impl Context for Stream {}

impl HttpContext for Stream {
    fn on_http_request_headers(&mut self, _: usize, _: bool) -> Action {
        let fields = HeaderMap::of(MapType::HttpRequestHeaders).unwrap_or_default();
        let Some(plugin) = &self.plugin else {
            let fields = fields.fields().unwrap_or_default();
            return refuse(&reply::deny(&Reason::NotReady, &gather(&fields)));
        };
        let now = now();
        match plugin.judge(&fields, now) {
            Ok(admission) => {
                if plugin.has_timer {
                    let len = fields.len();
                    let stream = OpenStream { context: self.context, fields };
                    self.open = Some(plugin.open.borrow_mut().insert(stream, admission, len, now));
                }
                Action::Continue
            }
            Err(action) => action,
        }
    }

    fn on_http_request_trailers(&mut self, _: usize) -> Action {
        let map = HeaderMap::of(MapType::HttpRequestTrailers);
        // Unreadable trailers do not pass.
        let (Some(plugin), Some(fields)) = (&self.plugin, map.as_ref().and_then(HeaderMap::fields)) else {
            return Action::Pause;
        };
        let names = reply::removed_trailers(&fields, &plugin.settings);
        match remove(MapType::HttpRequestTrailers, &names) {
            Ok(()) => Action::Continue,
            Err(_) => Action::Pause,
        }
    }
}

/// Traps when a header asks for it.
#[cfg(feature = "dangerous_trap")]
fn trap_if_told(fields: &[(&[u8], &[u8])]) {
    if fields.iter().any(|(name, _)| *name == b"x-postern-trap") {
        core::arch::wasm32::unreachable()
    }
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
    let since = sdk::get_current_time().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    UnixSeconds(since.map_or(u64::MAX, |since| since.as_secs()))
}

fn carry_out(changes: &Changes<'_>) -> Result<(), Status> {
    remove(MapType::HttpRequestHeaders, &changes.remove)?;
    for (name, value) in &changes.set {
        // No field of that name is left, so it can be added, which is cheaper than replacing one.
        sdk::add_map_value_bytes(MapType::HttpRequestHeaders, name, value.as_bytes())?;
    }
    if let Some(authority) = &changes.authority {
        sdk::set_map_value_bytes(MapType::HttpRequestHeaders, ":authority", Some(authority.as_bytes()))?;
    }
    Ok(())
}

fn remove(map: MapType, names: &[&[u8]]) -> Result<(), Status> {
    for name in names {
        // Envoy refuses fields whose name is not ASCII. Such a field could not be removed by name, so a request with one must not pass.
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
    // When the reply cannot be sent, the request is still paused, and does not reach the upstream.
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
