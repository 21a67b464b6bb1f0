//! Follows an issuer in hosts that have neither timers nor threads: a request asks the issuer, and waits, when the last answer is too old.

use std::rc::Rc;

use postern_token::UnixSeconds;

use super::{Answer, Failure, IssuerRequest, Server, SingleWorker};
use crate::gate::Gate;
use crate::settings::Settings;
use crate::sync_settings::SyncSettings;

/// Added to a host's monotonic clock, which can begin with the program: an answer from a cache is older than that. More than the longest
/// time for which an answer may be used.
const CLOCK_OFFSET: u64 = 1_000_000_000;

/// The longest maximum age, in seconds.
const MAX_AGE_SECONDS: u64 = 60;

/// What a host gives for following: its clocks, its HTTP client and its log.
pub trait IssuerLink {
    /// Milliseconds of a monotonic clock, which may begin with the program.
    fn monotonic(&self) -> u64;

    /// The time of day.
    fn unix_time(&self) -> UnixSeconds;

    /// Sends a GET request to a server and waits for the answer, at most `request.timeout` milliseconds. A body of more than `limit` bytes
    /// is not read. A redirect is not followed: the edge key is only for that server.
    fn ask(&mut self, server: &Server, request: &IssuerRequest, limit: usize) -> Answer;

    /// Logs what went wrong.
    fn log(&mut self, is_error: bool, message: &str);
}

/// How old the issuer's last answer may be before a request asks again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaxAge(u64);

impl Default for MaxAge {
    /// One second.
    fn default() -> Self {
        Self(1_000)
    }
}

impl MaxAge {
    /// Reads a number of whole seconds from 1 to 60.
    pub fn parse(seconds: &str) -> Option<Self> {
        let seconds = seconds.parse().ok().filter(|seconds| (1..=MAX_AGE_SECONDS).contains(seconds))?;
        Some(Self(seconds * 1_000))
    }

    /// The milliseconds.
    pub const fn milliseconds(self) -> u64 {
        self.0
    }
}

/// Follows an issuer on request.
pub struct OnRequest {
    worker: SingleWorker,
    /// The issuer's servers.
    issuer: Server,
    max_age: MaxAge,
}

impl OnRequest {
    /// Starts to follow the issuer, or fails with the reason. `sync.wait_seconds` does not apply: no request waits for a change.
    pub fn start(mut sync: SyncSettings, settings: Rc<Settings>, max_age: MaxAge) -> Result<Self, Failure> {
        sync.wait_seconds = 0;
        let issuer = Server { cluster: sync.cluster.clone(), authority: sync.authority.clone() };
        // Otherwise a bundle that is too old would be used until the next question.
        let max_age = MaxAge(max_age.0.min(sync.max_staleness_seconds.saturating_mul(1_000)));
        Ok(Self { worker: SingleWorker::start(sync, settings)?, issuer, max_age })
    }

    /// Brings `gate` up to date, unless the issuer's last answer is young enough.
    pub fn update(&mut self, gate: &mut Option<Gate>, link: &mut impl IssuerLink) {
        let begin = time(link);
        if self.worker.age_and_revision(begin).is_some_and(|(age, _)| age <= self.max_age.0) {
            return;
        }
        let mut outcome = self.worker.tick(begin, gate);
        let mut requests = self.worker.take_requests();
        loop {
            if let Some((is_error, message)) = outcome.as_ref().and_then(super::Outcome::message) {
                link.log(is_error, &message);
            }
            let Some((call, request)) = requests.pop() else { return };
            let server = request.server.as_ref().unwrap_or(&self.issuer);
            let answer = link.ask(server, &request, self.worker.answer_limit(call));
            outcome = self.worker.answered(call, answer, (time(link), link.unix_time()), gate);
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
