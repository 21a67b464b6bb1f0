//! Judges a request when it arrives, and again while its stream is open.

use postern_gate::reply;
use postern_gate::{Admission, Code, Decision, Reason, StreamKey, Verdict};
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
        let gate = self.gate.borrow();
        let Some(gate) = &*gate else {
            self.observe(&Decision { api: None, bearer: None, verdict: Verdict::Deny(Reason::NotReady) });
            return Err(refuse(&reply::deny(&Reason::NotReady, &request)));
        };
        let mut decision = gate.decide(&request, now);
        if matches!(&decision.verdict, Verdict::Allow(grounds) if self.open.borrow().refuses(grounds)) {
            decision.verdict = Verdict::Deny(Reason::Overloaded);
        }
        self.metrics.count_cache(gate.take_cache_use(), false);
        self.observe(&decision);
        match &decision.verdict {
            Verdict::Allow(grounds) if carry_out(&reply::allow(grounds, &request, &self.settings)) => {
                Ok(Admission::of(&request, grounds, gate))
            }
            // A request that was changed only partly must not pass: it could hold a forged identity header.
            Verdict::Allow(_) => Err(refuse(&reply::deny(&Reason::NotReady, &request))),
            Verdict::Deny(reason) => Err(refuse(&reply::deny(reason, &request))),
        }
    }

    /// Does a slice of the work on open streams: judges those that are due, and resets those whose request would now be refused, and those
    /// that take too much memory. `root` is the calling context. `changed` says whether the follower has changed what the gate decides by.
    pub(super) fn judge_open_streams(&self, changed: bool, root: u32) {
        let now = now();
        self.open.borrow_mut().begin(self.gate.borrow_mut().as_mut(), changed, now);
        let mut called = false;
        loop {
            let Some(key) = self.open.borrow_mut().next_due(now) else { break };
            if let Some(code) = self.judge_open(key, now) {
                self.reset(key, code);
            }
            called = true;
        }
        if called {
            set_effective_context(root);
        }
    }

    /// Judges an open stream again. Returns the code of the refusal if the stream must be reset.
    fn judge_open(&self, key: StreamKey, now: UnixSeconds) -> Option<Code> {
        let gate = self.gate.borrow();
        self.open.borrow_mut().judge(key, gate.as_ref()?, now, |stream, decide| {
            // For the client's address.
            set_effective_context(stream.context);
            decide(&gather(&stream.fields.fields().unwrap_or_default()));
        })
    }

    /// Resets a stream, and counts that.
    fn reset(&self, key: StreamKey, code: Code) {
        let stream = self.open.borrow_mut().end(key);
        // Envoy ends the stream while the second call runs, and with it the entry in `open`. A stream whose response waits for a slow client
        // ends later.
        if stream.is_some_and(|stream| set_effective_context(stream.context)) && reset_stream() {
            self.metrics.count_reset(code);
        }
    }
}
