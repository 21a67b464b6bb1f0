//! Finds the context of each call from Envoy, and passes the call on. No id makes this panic: a request of an unknown context is refused.

use std::cell::RefCell;
use std::rc::Rc;

use postern_gate::reply;
use postern_gate::{CacheUse, Reason, StreamKey};
use proxy_wasm::types::{Action, MapType};

use super::contexts::Contexts;
use super::hostcalls::HeaderMap;
use super::root::Root;
use super::streams::OpenStream;
use super::{Plugin, gather, now, refuse, remove};

thread_local! {
    /// Never borrowed while a context works, because Envoy may delete a stream during a call that it gets.
    static CONTEXTS: RefCell<Contexts<Root, Passed>> = const { RefCell::new(Contexts::new()) };
}

/// A stream whose request has passed.
struct Passed {
    plugin: Rc<Plugin>,
    /// `None` where open streams are not judged again.
    open: Option<StreamKey>,
}

impl Drop for Passed {
    fn drop(&mut self) {
        if let Some(key) = self.open {
            self.plugin.open.borrow_mut().remove(key);
        }
    }
}

fn root(context: u32) -> Option<Rc<Root>> {
    CONTEXTS.with_borrow(|contexts| contexts.root(context))
}

/// Creates a stream of the context `root`, or a root context if that is 0.
pub(super) fn create(context: u32, root: u32) {
    CONTEXTS.with_borrow_mut(|contexts| {
        if root == 0 { contexts.add_root(context, Root::new(context)) } else { contexts.add_stream(context, root) }
    });
}

/// Loads the configuration of a root context. Returns whether it is valid.
pub(super) fn configure(context: u32, size: usize) -> bool {
    root(context).is_some_and(|root| root.configure(size))
}

/// Does what is due in a root context.
pub(super) fn tick(context: u32) {
    if let Some(root) = root(context) {
        root.tick();
    }
}

/// Processes the answer to a call of a root context.
pub(super) fn answered(context: u32, call: u32) {
    if let Some(root) = root(context) {
        root.answered(call);
    }
}

/// Judges a request.
pub(super) fn request_headers(stream: u32) -> Action {
    let fields = HeaderMap::of(MapType::HttpRequestHeaders).unwrap_or_default();
    let root = CONTEXTS.with_borrow_mut(|contexts| contexts.take_created(stream));
    let Some(plugin) = root.and_then(|root| root.plugin()) else {
        let fields = fields.fields().unwrap_or_default();
        return refuse(&reply::deny(&Reason::NotReady, &gather(&fields)));
    };
    let now = now();
    match plugin.judge(&fields, now) {
        Ok(admission) => {
            let open = plugin.has_timer.then(|| {
                let len = fields.len();
                plugin.open.borrow_mut().insert(OpenStream { context: stream, fields }, admission, len, now)
            });
            let replaced = CONTEXTS.with_borrow_mut(|contexts| contexts.keep(stream, Passed { plugin, open }));
            drop(replaced);
            Action::Continue
        }
        Err(action) => action,
    }
}

/// Removes trailers that must not reach the upstream. Those that cannot be read do not pass, and neither do those of a request that has not
/// passed.
pub(super) fn request_trailers(stream: u32) -> Action {
    let map = HeaderMap::of(MapType::HttpRequestTrailers);
    let plugin = CONTEXTS.with_borrow(|contexts| contexts.passed(stream).map(|passed| Rc::clone(&passed.plugin)));
    let (Some(plugin), Some(fields)) = (plugin, map.as_ref().and_then(HeaderMap::fields)) else {
        return Action::Pause;
    };
    let names = reply::removed_trailers(&fields, &plugin.settings);
    if remove(MapType::HttpRequestTrailers, &names) { Action::Continue } else { Action::Pause }
}

/// Removes what is known about a context.
pub(super) fn delete(context: u32) {
    let (root, stream) = CONTEXTS.with_borrow_mut(|contexts| contexts.delete(context));
    drop(stream);
    if let Some(plugin) = root.and_then(|root| root.plugin()) {
        plugin.metrics.count_collected();
        plugin.metrics.count_cache(CacheUse::default(), true);
    }
}
