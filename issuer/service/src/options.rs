//! Options of the server, checked by the configuration.

use std::time::Duration;

use postern_operations::GuessLimits;
use postern_token::AddressBlock;

use crate::explain_page::ExplainPage;

/// Options of the server.
#[derive(Debug, Clone)]
pub struct ServeOptions {
    /// What is pruned, and how often.
    pub prune: PruneOptions,
    /// The failed authentications of one client from one address that are allowed in a burst and in each minute after it; at least 1.
    pub failures_per_minute: u32,
    /// The limits for wrong passwords and user codes.
    pub guesses: GuessLimits,
    /// The requests per second that one client may send; `None` is no limit.
    pub requests_per_second: Option<u32>,
    /// The requests per minute from one address, of browsers and of clients without a secret; `None` is no limit.
    pub anonymous_requests_per_minute: Option<u32>,
    /// The most connections of each listener, instead of as many as the process's memory allows.
    pub connections: Option<u32>,
    /// The largest request body in bytes.
    pub body_bytes: usize,
    /// The bytes that the bodies of all requests in progress may take together, at least four times the largest body.
    pub body_memory: usize,
    /// The time that running requests get to finish after the server was told to stop.
    pub shutdown_grace: Duration,
    /// The proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<AddressBlock>,
    /// Whether the access log names the client's address and user agent.
    pub access_log_clients: bool,
    /// The page that explains a decision, if it is served.
    pub explain_page: Option<ExplainPage>,
    /// What the portal shows.
    pub portal: PortalOptions,
}

/// What the portal shows.
#[derive(Debug, Clone, Default)]
pub struct PortalOptions {
    /// The origin at which clients call APIs, such as `https://api.example.com`.
    pub gateway: Option<String>,
    /// Whether everyone sees the catalogue of APIs, not only members.
    pub is_catalogue_public: bool,
}

impl Default for ServeOptions {
    fn default() -> Self {
        Self {
            prune: PruneOptions::default(),
            failures_per_minute: 20,
            guesses: GuessLimits::default(),
            requests_per_second: None,
            anonymous_requests_per_minute: None,
            connections: None,
            body_bytes: 64 * 1024,
            body_memory: 32 * 1024 * 1024,
            shutdown_grace: Duration::from_secs(20),
            trusted_proxies: Vec::new(),
            access_log_clients: true,
            explain_page: None,
            portal: PortalOptions::default(),
        }
    }
}

/// What is pruned, and how often.
#[derive(Debug, Clone, Copy)]
pub struct PruneOptions {
    /// The time between two rounds of pruning.
    pub interval: Duration,
    /// How long the records of expired tokens are kept.
    pub expired_token_retention: Duration,
    /// How long entries of the audit log are kept; `None` keeps them for ever.
    pub audit_retention: Option<Duration>,
    /// How long refused attempts are kept.
    pub event_retention: Duration,
}

impl Default for PruneOptions {
    fn default() -> Self {
        Self {
            interval: Duration::from_mins(1),
            expired_token_retention: Duration::from_hours(30 * 24),
            audit_retention: None,
            event_retention: Duration::from_hours(90 * 24),
        }
    }
}
