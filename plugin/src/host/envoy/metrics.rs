//! Counters of decisions. Envoy shows them as `wasmcustom.postern_decisions_total|outcome=…|reason=…`; `stats_tags` in the
//! bootstrap turn the parts into labels.

use proxy_wasm::hostcalls;
use proxy_wasm::types::MetricType;

use crate::decision::{Code, Decision, Grounds, Verdict};

/// The ids that the host gave to the counters; one that it did not give is not counted.
pub(super) struct Metrics {
    unmatched: Option<u32>,
    preflight: Option<u32>,
    public: Option<u32>,
    token: Option<u32>,
    denials: Vec<(Code, Option<u32>)>,
}

impl Metrics {
    /// Defines every counter, so that each is there with 0 before the first request.
    pub(super) fn define() -> Self {
        let counter = |outcome: &str, reason: &str| {
            let name = format!("postern_decisions_total|outcome={outcome}|reason={reason}");
            hostcalls::define_metric(MetricType::Counter, &name).ok()
        };
        Self {
            unmatched: counter("allow", "unmatched"),
            preflight: counter("allow", "preflight"),
            public: counter("allow", "public"),
            token: counter("allow", "token"),
            denials: Code::ALL.iter().map(|code| (*code, counter("deny", code.as_str()))).collect(),
        }
    }

    pub(super) fn count(&self, decision: &Decision<'_>) {
        let id = match &decision.verdict {
            Verdict::Allow(Grounds::Unmatched) => self.unmatched,
            Verdict::Allow(Grounds::Preflight) => self.preflight,
            Verdict::Allow(Grounds::Public) => self.public,
            Verdict::Allow(Grounds::Token(_)) => self.token,
            Verdict::Deny(reason) => {
                let code = reason.code();
                self.denials.iter().find(|(own, _)| *own == code).and_then(|(_, id)| *id)
            }
        };
        // A request does not fail because it could not be counted.
        let _ = id.map(|id| hostcalls::increment_metric(id, 1));
    }
}
