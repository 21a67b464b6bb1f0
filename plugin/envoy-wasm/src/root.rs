//! A root context: one configuration of the plugin in one virtual machine.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use proxy_wasm::hostcalls as sdk;
use proxy_wasm::types::{BufferType, LogLevel};

use super::following::Following;
use super::metrics::{Metrics, SyncMetrics};
use super::verifier::HostVerifier;
use super::{Plugin, hostcalls, log, now};
use postern_gate::{CacheUse, Configuration, OpenStreams};

/// How often a worker checks for a change, and does a slice of the work on open streams, in milliseconds.
const TICK: u32 = 50;

/// How many ticks pass between two updates of the gauges.
const SLOW_TICKS: u32 = 20;

/// A root context. Envoy may call it again while it ends a stream for it.
pub(super) struct Root {
    context: u32,
    /// `None` until there is a valid configuration.
    plugin: RefCell<Option<Rc<Plugin>>>,
    sync: RefCell<Option<SyncState>>,
    ticks: Cell<u32>,
}

/// The additional state of a plugin that follows an issuer.
struct SyncState {
    following: Following,
    metrics: SyncMetrics,
}

impl Root {
    /// The root context with this id, without a configuration.
    pub(super) const fn new(context: u32) -> Self {
        Self { context, plugin: RefCell::new(None), sync: RefCell::new(None), ticks: Cell::new(0) }
    }

    /// The plugin of the configuration, if there is one.
    pub(super) fn plugin(&self) -> Option<Rc<Plugin>> {
        self.plugin.borrow().clone()
    }

    /// Loads the configuration, of which Envoy has `size` bytes. Returns whether it is valid.
    pub(super) fn configure(&self, size: usize) -> bool {
        let json = sdk::get_buffer(BufferType::PluginConfiguration, 0, size).ok().flatten().unwrap_or_default();
        let has_timer = hostcalls::set_tick_period(TICK);
        let (gate, settings, sync) = match Configuration::from_json(&json) {
            Ok(Configuration::Inline(gate)) => {
                let settings = gate.settings();
                (Some(gate.with_verifier(Rc::new(HostVerifier))), settings, None)
            }
            Ok(Configuration::Synced(..)) if !has_timer => {
                log(LogLevel::Error, "`sync` needs timers, and this host has none: set `bundle`");
                return false;
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
        let open = RefCell::new(OpenStreams::new(settings.open_requests_bytes));
        let plugin = Plugin { gate: RefCell::new(gate), settings, metrics: Metrics::define(has_timer), has_timer, open };
        self.plugin.replace(Some(Rc::new(plugin)));
        self.sync.replace(sync);
        true
    }

    /// Does what is due.
    pub(super) fn tick(&self) {
        let Some(plugin) = self.plugin() else { return };
        self.ticks.set((self.ticks.get() + 1) % SLOW_TICKS);
        let is_slow = self.ticks.get() == 0;
        let changed = self.sync.borrow_mut().as_mut().is_some_and(|sync| {
            let outcome = sync.following.tick(&mut plugin.gate.borrow_mut());
            sync.metrics.count(outcome.as_ref());
            if is_slow {
                sync.metrics.show(sync.following.age_and_revision());
            }
            sync.following.take_change()
        });
        plugin.metrics.count_collected();
        if is_slow {
            plugin.metrics.measure_memory();
            plugin.metrics.count_cache(CacheUse::default(), true);
        }
        plugin.judge_open_streams(changed, self.context);
    }

    /// Processes the answer to `call`, which Envoy provides during this callback.
    pub(super) fn answered(&self, call: u32) {
        let Some(plugin) = self.plugin() else { return };
        let changed = {
            let mut sync = self.sync.borrow_mut();
            let Some(sync) = &mut *sync else { return };
            let outcome = sync.following.answered(call, &mut plugin.gate.borrow_mut(), now());
            sync.metrics.count(outcome.as_ref());
            plugin.metrics.measure_memory();
            sync.metrics.show(sync.following.age_and_revision());
            sync.following.take_change()
        };
        plugin.judge_open_streams(changed, self.context);
    }
}
