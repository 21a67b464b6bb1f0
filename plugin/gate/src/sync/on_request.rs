//! Follows an issuer in hosts that have neither timers nor threads: a request asks the issuer, and waits, when the last answer is too old.

use std::rc::Rc;

use super::answer_cache::AnswerCache;
use super::issuer_link::{IssuerLink, MaxAge};
use super::{Failure, Outcome, Server, SingleWorker};
use crate::gate::Gate;
use crate::settings::Settings;
use crate::sync_settings::SyncSettings;

/// Added to a host's monotonic clock, which can begin with the program: an answer from a cache is older than that. More than the longest
/// time for which an answer may be used.
const CLOCK_OFFSET: u64 = 1_000_000_000;

/// Follows an issuer on request.
pub struct OnRequest {
    worker: SingleWorker,
    /// The issuer's servers.
    issuer: Server,
    cache: AnswerCache,
    max_age: MaxAge,
}

impl OnRequest {
    /// Starts to follow the issuer, or fails with the reason. `sync.wait_seconds` does not apply: no request waits for a change.
    pub fn start(mut sync: SyncSettings, settings: Rc<Settings>, max_age: MaxAge) -> Result<Self, Failure> {
        sync.wait_seconds = 0;
        let issuer = Server { cluster: sync.cluster.clone(), authority: sync.authority.clone() };
        // Otherwise a bundle that is too old would be used until the next question.
        let max_age = max_age.at_most(sync.max_staleness_seconds);
        let cache = AnswerCache::new(&sync, max_age);
        Ok(Self { worker: SingleWorker::start(sync, settings)?, issuer, cache, max_age })
    }

    /// Brings `gate` up to date, unless the issuer's last answer is young enough.
    pub fn update(&mut self, gate: &mut Option<Gate>, link: &mut impl IssuerLink) {
        let begin = time(link);
        if self.worker.age_and_revision(begin).is_some_and(|(age, _)| age <= self.max_age.milliseconds()) {
            return;
        }
        let mut outcome = self.worker.tick(begin, gate);
        let mut requests = self.worker.take_requests();
        loop {
            if let Some((is_error, message)) = outcome.as_ref().and_then(Outcome::message) {
                link.log(is_error, &message);
            }
            let Some((call, request)) = requests.pop() else { return };
            let limit = self.worker.answer_limit(call);
            let (answer, unstored) = match &request.server {
                Some(server) => (link.ask(server, &request, limit), None),
                None => self.cache.answer(&self.issuer, &request, limit, link),
            };
            outcome = self.worker.answered(call, answer, (time(link), link.unix_time()), gate);
            if let Some(Outcome::Failed(_)) = outcome {
                self.cache.refuse(request);
            } else if let Some(unstored) = unstored {
                unstored.store(link);
            }
            requests.extend(self.worker.take_requests());
        }
    }
}

/// The monotonic time of the follower.
fn time(link: &impl IssuerLink) -> u64 {
    link.monotonic().saturating_add(CLOCK_OFFSET)
}

#[cfg(test)]
mod tests;
