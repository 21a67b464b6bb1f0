//! Metrics. Envoy shows them as `wasmcustom.NAME|label=value|…`; `stats_tags` in the bootstraps turn the parts into labels.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use proxy_wasm::types::MetricType::{Counter, Gauge};

use super::hostcalls::Metric;
use postern_gate::sync::{Failure, Outcome};
use postern_gate::{CacheUse, Code, Decision, Fnv, Grounds, Verdict};

/// The label `api` for a request that no API matches. No API can have this name.
const NO_API: &str = "-";

/// How many uses of the token cache, and how many allowed requests, are collected before the counters are updated, which saves host calls.
const COLLECTED: u32 = 64;

pub(super) struct Metrics {
    /// Counters of decisions by API, each defined when it is first needed.
    decisions: RefCell<ByApi>,
    last: RefCell<Last>,
    /// Whether the counters may be updated later, because there are ticks.
    collects: bool,
    /// Counters of reset streams by code, each defined when it is first needed.
    resets: RefCell<[Option<Metric>; Code::ALL.len()]>,
    hits: Metric,
    misses: Metric,
    uncounted: Cell<CacheUse>,
    memory: Metric,
    /// The bytes of this worker's memory that the gauge already includes.
    counted_memory: Cell<usize>,
}

type ByApi = HashMap<Box<str>, [Option<Metric>; REASONS], BuildHasherDefault<Fnv>>;

/// The decision before: the next one is often the same.
#[derive(Default)]
struct Last {
    api: Box<str>,
    position: usize,
    metric: Option<Metric>,
    /// How many such decisions the counter lacks.
    uncounted: u32,
}

impl Last {
    fn count(&mut self) {
        if let (count @ 1.., Some(metric)) = (std::mem::take(&mut self.uncounted), self.metric) {
            metric.add(count.into());
        }
    }
}

/// Metrics of an edge that fetches its bundle.
pub(super) struct SyncMetrics {
    changed: Metric,
    unchanged: Metric,
    failed: Metric,
    older: Metric,
    foreign: Metric,
    new_epoch: Metric,
    age: Metric,
    version: Metric,
}

/// The number of grounds and codes.
const REASONS: usize = GROUNDS.len() + Code::ALL.len();

const GROUNDS: [&str; 4] = ["unmatched", "preflight", "public", "token"];

impl Metrics {
    /// Defines the metrics. Counters for requests that no API matches, and of streams that were reset, are there from the start, with 0.
    /// `collects` says whether [`Self::count_collected`] will be called from time to time.
    pub(super) fn define(collects: bool) -> Self {
        let metrics = Self {
            decisions: RefCell::default(),
            last: RefCell::default(),
            collects,
            resets: RefCell::new([None; Code::ALL.len()]),
            hits: Metric::define(Counter, "postern_cache_total|result=hit"),
            misses: Metric::define(Counter, "postern_cache_total|result=miss"),
            uncounted: Cell::default(),
            memory: Metric::define(Gauge, "postern_vm_memory_bytes"),
            counted_memory: Cell::new(0),
        };
        for code in [Code::NotReady, Code::BadPath, Code::NoSuchApi, Code::Stale] {
            metrics.decision(NO_API, position(code), "deny", code.as_str());
        }
        metrics.decision(NO_API, 0, "allow", GROUNDS[0]);
        for code in [Code::Overloaded, Code::Revoked, Code::Expired, Code::Stale] {
            metrics.resets(code, 0);
        }
        metrics.measure_memory();
        metrics
    }

    /// Counts a decision. Refused requests are counted at once, others when there are enough of them, or at the next tick.
    pub(super) fn count(&self, decision: &Decision<'_>) {
        let api = decision.api.map_or(NO_API, |api| api.as_str());
        match &decision.verdict {
            Verdict::Allow(grounds) => {
                let position = match grounds {
                    Grounds::Unmatched { .. } => 0,
                    Grounds::Preflight => 1,
                    Grounds::Public => 2,
                    Grounds::Token(_) => 3,
                };
                self.collect(api, position, grounds.code());
            }
            Verdict::Deny(reason) => self.decision(api, position(reason.code()), "deny", reason.code().as_str()).add(1),
        }
    }

    /// Updates the counter of allowed requests.
    pub(super) fn count_collected(&self) {
        self.last.borrow_mut().count();
    }

    fn collect(&self, api: &str, position: usize, reason: &str) {
        let mut last = self.last.borrow_mut();
        if last.position != position || *last.api != *api || last.metric.is_none() {
            last.count();
            if *last.api != *api {
                last.api = api.into();
            }
            (last.position, last.metric) = (position, Some(self.decision(api, position, "allow", reason)));
        }
        last.uncounted += 1;
        if !self.collects || last.uncounted >= COLLECTED {
            last.count();
        }
    }

    fn decision(&self, api: &str, position: usize, outcome: &str, reason: &str) -> Metric {
        let define = || Metric::define(Counter, &format!("postern_decisions_total|outcome={outcome}|reason={reason}|api={api}"));
        let mut decisions = self.decisions.borrow_mut();
        if let Some(reasons) = decisions.get_mut(api) {
            return reasons.get_mut(position).map_or_else(define, |metric| *metric.get_or_insert_with(define));
        }
        let (metric, mut reasons) = (define(), [None; REASONS]);
        if let Some(first) = reasons.get_mut(position) {
            *first = Some(metric);
        }
        decisions.insert(api.into(), reasons);
        metric
    }

    /// Counts a stream that was reset because its request would now be refused with `code`.
    pub(super) fn count_reset(&self, code: Code) {
        self.resets(code, 1);
    }

    fn resets(&self, code: Code, count: i64) {
        let define = || Metric::define(Counter, &format!("postern_streams_reset_total|reason={}", code.as_str()));
        if let Some(metric) = self.resets.borrow_mut().get_mut(code as usize) {
            metric.get_or_insert_with(define).add(count);
        }
    }

    /// Collects uses of the cache, and updates the counters after enough of them, or at once if `now` is set.
    pub(super) fn count_cache(&self, used: CacheUse, now: bool) {
        let before = self.uncounted.take();
        let sum = CacheUse { hits: before.hits + used.hits, misses: before.misses + used.misses };
        if !now && sum.hits + sum.misses < COLLECTED {
            self.uncounted.set(sum);
            return;
        }
        for (metric, count) in [(self.hits, sum.hits), (self.misses, sum.misses)] {
            if count > 0 {
                metric.add(i64::from(count));
            }
        }
    }

    /// Adds this worker's new memory to the gauge, which is the sum over all workers. WebAssembly memory never shrinks.
    pub(super) fn measure_memory(&self) {
        let bytes = core::arch::wasm32::memory_size::<0>() * 65_536;
        let counted = self.counted_memory.replace(bytes);
        if bytes > counted {
            self.memory.add(i64::try_from(bytes - counted).unwrap_or_default());
        }
    }
}

/// The position of a code's counter.
fn position(code: Code) -> usize {
    GROUNDS.len() + code as usize
}

impl SyncMetrics {
    pub(super) fn define() -> Self {
        let answer = |result: &str| Metric::define(Counter, &format!("postern_sync_total|result={result}"));
        Self {
            changed: answer("changed"),
            unchanged: answer("unchanged"),
            failed: answer("failed"),
            older: answer("older"),
            foreign: answer("foreign"),
            new_epoch: answer("new_epoch"),
            age: Metric::define(Gauge, "postern_bundle_age_seconds"),
            version: Metric::define(Gauge, "postern_bundle_version"),
        }
    }

    pub(super) fn count(&self, outcome: Option<&Outcome>) {
        match outcome {
            Some(Outcome::Changed) => self.changed.add(1),
            Some(Outcome::Unchanged) => self.unchanged.add(1),
            Some(Outcome::NewEpoch(_)) => self.new_epoch.add(1),
            Some(Outcome::Failed(Failure::OlderBundle { .. })) => self.older.add(1),
            Some(Outcome::Failed(Failure::OtherEnvironment { .. } | Failure::OtherIssuer { .. })) => self.foreign.add(1),
            Some(Outcome::Failed(_)) => self.failed.add(1),
            None => {}
        }
    }

    /// Sets the gauges: the bundle's age in milliseconds and its revision.
    pub(super) fn show(&self, bundle: Option<(u64, u64)>) {
        if let Some((age, revision)) = bundle {
            self.age.set(age / 1_000);
            self.version.set(revision);
        }
    }
}
