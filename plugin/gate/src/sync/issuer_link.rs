//! What a host without timers gives for following an issuer.

use postern_token::UnixSeconds;

use super::{Answer, IssuerRequest, Server};

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

    /// The answer that the host's cache has under this name, if the host has a cache.
    fn stored(&mut self, _name: &str, _limit: usize) -> Option<StoredAnswer> {
        None
    }

    /// Puts an answer into the host's cache, in place of an earlier one.
    fn store(&mut self, _name: &str, _body: &[u8]) {}
}

/// An answer from a host's cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAnswer {
    /// The body.
    pub body: Vec<u8>,
    /// How long ago it was stored, in milliseconds.
    pub age: u64,
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

    /// The shorter of both.
    #[must_use]
    pub(super) fn at_most(self, seconds: u64) -> Self {
        Self(self.0.min(seconds.saturating_mul(1_000)))
    }

    /// The milliseconds.
    pub const fn milliseconds(self) -> u64 {
        self.0
    }
}
