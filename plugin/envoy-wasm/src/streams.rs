//! Judges a request when it arrives, and again while its stream is open.

use postern_gate::reply;
use postern_gate::{Admission, Decision, Reason, StreamKey, Verdict};
use postern_token::UnixSeconds;
use proxy_wasm::types::Action;

use super::hostcalls::{HeaderMap, reset_stream, set_effective_context};
use super::{Plugin, carry_out, gather, now, refuse};

/// A stream whose request passed.
pub(super) struct OpenStream {
    /// The stream's context id, which host calls for the stream need.
    pub(super) context: u32,
    /// The request's header fields as the client sent them.
    pub(super) fields: HeaderMap,
}

impl Plugin {
    /// Judges a request and carries the decision out. If the request does not pass, returns the action with which the callback ends.
    pub(super) fn judge(&self, fields: &HeaderMap, now: UnixSeconds) -> Result<Admission, Action> {
        let fields = fields.fields().unwrap_or_default();
        let request = gather(&fields);
        #[cfg(feature = "dangerous_trap")]
        super::trap_if_told(&fields);
        let gate = self.gate.borrow();
        let decision = match &*gate {
            Some(gate) => {
                let decision = gate.decide(&request, now);
                self.metrics.count_cache(gate.take_cache_use(), false);
                decision
            }
            None => Decision { api: None, bearer: None, verdict: Verdict::Deny(Reason::NotReady) },
        };
        self.observe(&decision);
        match &decision.verdict {
            Verdict::Allow(grounds) => match carry_out(&reply::allow(grounds, &request, &self.settings)) {
                Ok(()) => Ok(Admission::of(&request, grounds, &self.settings)),
                // A request that was changed only partly must not pass: it could hold a forged identity header.
                Err(_) => Err(refuse(&reply::deny(&Reason::NotReady, &request))),
            },
            Verdict::Deny(reason) => Err(refuse(&reply::deny(reason, &request))),
        }
    }

    /// Judges again the open streams that are due, and resets those whose request would now be refused. `root` is the calling context.
    /// `changed` says whether the gate's basis for decisions has changed.
    pub(super) fn judge_open_streams(&self, changed: bool, root: u32) {
        let now = now();
        let due = self.open.borrow_mut().due(now, changed);
        if due.is_empty() {
            return;
        }
        for key in due {
            if let Some(reason) = self.judge_open(key, now) {
                // Envoy ends the stream while this call runs, and with it the entry in `open`.
                if reset_stream() {
                    self.metrics.count_reset(reason);
                }
            }
        }
        set_effective_context(root);
    }

    /// Decides an open stream's request again, with its context as the effective one. Returns the code of the refusal if the stream
    /// must be reset.
    fn judge_open(&self, key: StreamKey, now: UnixSeconds) -> Option<postern_gate::Code> {
        let open = self.open.borrow();
        let stream = open.stream(key)?;
        if !set_effective_context(stream.context) {
            return None;
        }
        let fields = stream.fields.fields().unwrap_or_default();
        let gate = self.gate.borrow();
        let decision = gate.as_ref()?.decide(&gather(&fields), now);
        match &decision.verdict {
            Verdict::Deny(reason) if open.must_reset(key, &decision) => Some(reason.code()),
            _ => None,
        }
    }
}
