//! A gate of one configuration, and what it needs between requests.

use std::rc::Rc;

use postern_gate::sync::{Answer, IssuerRequest, Outcome, SingleWorker};
use postern_gate::{Configuration, Decision, Gate, KnownSignature, Reason, Settings, Verdict};
use postern_token::UnixSeconds;

use crate::input::{Input, Parts};
use crate::keys::Keys;
use crate::metrics::Metrics;
use crate::output::Output;

/// A gate, and the follower that keeps it up to date if its configuration has `sync`.
pub struct Edge {
    /// `None` until there is a bundle.
    gate: Option<Gate>,
    settings: Rc<Settings>,
    following: Option<SingleWorker>,
    keys: Keys,
    metrics: Metrics,
}

impl Edge {
    /// An edge with the plugin's configuration in JSON. The error names every problem.
    pub fn from_json(json: &[u8]) -> Result<Self, String> {
        let (gate, settings, following) = match Configuration::from_json(json) {
            Ok(Configuration::Inline(gate)) => {
                let settings = gate.settings();
                (Some(gate), settings, None)
            }
            Ok(Configuration::Synced(sync, settings)) => {
                let following = SingleWorker::start(sync, Rc::clone(&settings)).map_err(|failure| failure.to_string())?;
                (None, settings, Some(following))
            }
            Err(problems) => return Err(problems.to_string()),
        };
        Ok(Self { gate, settings, following, keys: Keys::default(), metrics: Metrics::default() })
    }

    /// Decides the request in `input`, which is so many `numbers` long. The output is a decision, or a signature to verify first.
    pub fn decide(&mut self, input: &Input, numbers: usize, now: UnixSeconds, output: &mut Output) {
        let Some(parts) = input.parts(numbers) else {
            return Self::refuse_unreadable(output);
        };
        let known: Vec<KnownSignature> = parts.known.iter().filter_map(|known| self.known_signature(*known)).collect();
        parts.with_request(|request| {
            let Some(gate) = &self.gate else {
                self.metrics.count(&not_ready());
                return output.not_ready(request);
            };
            match gate.decide_in_steps(request, &known, now) {
                Ok(decision) => {
                    self.metrics.count(&decision);
                    self.metrics.count_cache(gate.take_cache_use());
                    output.decision(&decision, request, &self.settings);
                }
                Err(missing) => {
                    let key = self.keys.number(&missing.key);
                    output.missing(&missing, key);
                }
            }
        });
    }

    /// Why the request in `input` is refused, for a code with several causes. Counts nothing.
    pub fn cause(&self, input: &Input, numbers: usize, now: UnixSeconds, output: &mut Output) {
        let cause = input.parts(numbers).zip(self.gate.as_ref()).and_then(|(parts, gate)| {
            parts.with_request(|request| match gate.decide_in_steps(request, &[], now).ok()?.verdict {
                Verdict::Deny(reason) => gate.cause(&reason, request),
                Verdict::Allow(_) => None,
            })
        });
        output.cause(cause.as_ref());
    }

    /// The public key with that number, a DER `SubjectPublicKeyInfo`; empty when it has been dropped.
    pub fn key(&self, number: u32) -> &[u8] {
        self.keys.key(number).unwrap_or_default()
    }

    fn known_signature(&self, (key, is_valid): (u32, bool)) -> Option<KnownSignature> {
        Some(KnownSignature { key: self.keys.key(key)?.to_vec(), is_valid })
    }

    /// Refuses what is no request. It is not counted: the package asks for such a refusal when it starts, to have one if all else fails.
    fn refuse_unreadable(output: &mut Output) {
        Parts::default().with_request(|request| output.not_ready(request));
    }

    /// Whether the edge follows an issuer.
    pub const fn is_following(&self) -> bool {
        self.following.is_some()
    }

    /// Lets the follower work at the monotonic time `now`, in milliseconds. The output says what happened, and which requests to send.
    pub fn tick(&mut self, now: u64, output: &mut Output) {
        let Some(following) = &mut self.following else { return output.round(None, None, &[]) };
        let outcome = following.tick(now, &mut self.gate);
        let requests = following.take_requests();
        self.end_round(outcome.as_ref(), &requests, output);
    }

    /// The same for the answer to the request `call`.
    pub fn answered(&mut self, call: u32, answer: Answer, (now, wall): (u64, UnixSeconds), output: &mut Output) {
        let Some(following) = &mut self.following else { return output.round(None, None, &[]) };
        let outcome = following.answered(call, answer, (now, wall), &mut self.gate);
        let requests = following.take_requests();
        self.end_round(outcome.as_ref(), &requests, output);
    }

    /// The largest body, in bytes, that the answer to the request `call` may have.
    pub fn answer_limit(&self, call: u32) -> usize {
        self.following.as_ref().map_or(0, |following| following.answer_limit(call))
    }

    /// How long ago the issuer confirmed the bundle, in milliseconds; `None` before the first bundle.
    pub fn age(&self, now: u64) -> Option<u64> {
        self.following.as_ref().and_then(|following| following.age_and_revision(now)).map(|(age, _)| age)
    }

    /// The metrics, in the text format of Prometheus.
    pub fn metrics(&self, now: u64) -> String {
        self.metrics.to_text(self.following.as_ref().map(|following| following.age_and_revision(now)))
    }

    fn end_round(&mut self, outcome: Option<&Outcome>, requests: &[(u32, IssuerRequest)], output: &mut Output) {
        if let Some(outcome) = outcome {
            self.metrics.count_sync(outcome);
        }
        output.round(outcome.map(Outcome::result), outcome.and_then(Outcome::message).as_ref(), requests);
    }
}

const fn not_ready() -> Decision<'static> {
    Decision { api: None, bearer: None, verdict: Verdict::Deny(Reason::NotReady) }
}

#[cfg(test)]
mod tests;
