//! How the issuer is to serve.

use std::time::Duration;

use postern_token::AddressBlock;

/// How the issuer is to serve.
#[derive(Debug, Clone)]
pub struct Rules {
    /// When the house is looked after, and what is kept.
    pub housekeeping: Housekeeping,
    /// How often a client may fail to prove who it is, from one address, at once and in each minute after that; at least 1.
    pub failures_per_minute: u32,
    /// How often a client may ask each second; `None` means that nobody counts.
    pub requests_per_second: Option<u32>,
    /// How many connections there are at most at each busy place, where that is less than the system allows.
    pub connections: Option<u32>,
    /// The largest body in bytes that is read.
    pub body_bytes: usize,
    /// How long requests that are under way may take to end after the issuer was told to stop.
    pub shutdown_grace: Duration,
    /// The proxies that are believed when they say for whom they ask.
    pub trusted_proxies: Vec<AddressBlock>,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            housekeeping: Housekeeping::default(),
            failures_per_minute: 20,
            requests_per_second: None,
            connections: None,
            body_bytes: 64 * 1024,
            shutdown_grace: Duration::from_secs(20),
            trusted_proxies: Vec::new(),
        }
    }
}

/// When the house is looked after, and what is kept.
#[derive(Debug, Clone, Copy)]
pub struct Housekeeping {
    /// How often.
    pub interval: Duration,
    /// For how long the records of tokens that ran out are kept.
    pub keep_expired_tokens: Duration,
    /// For how long the audit log is kept; `None` means for ever.
    pub audit_retention: Option<Duration>,
}

impl Default for Housekeeping {
    fn default() -> Self {
        Self { interval: Duration::from_mins(1), keep_expired_tokens: Duration::from_hours(30 * 24), audit_retention: None }
    }
}
