//! How an edge follows its issuer.

use std::fmt;

use postern_token::bundle::{At, Fields, Problems, Read};
use postern_token::{KeyType, Node};

use crate::request::is_token;

/// The longest that an issuer is asked to wait before it says that nothing has changed, in seconds.
const MAX_WAIT_SECONDS: u64 = 60;

/// The longest that a bundle may be used without a word from the issuer, in seconds: a day.
const MAX_STALENESS_SECONDS: u64 = 86_400;

/// How an edge follows its issuer: where the bundle is, and for how long it holds.
#[derive(Clone, PartialEq, Eq)]
pub struct SyncSettings {
    /// The host's name for the issuer's servers; in Envoy, a cluster.
    pub cluster: String,
    /// The authority of the issuer's HTTP interface, `host[:port]`.
    pub authority: String,
    /// The path of the bundle.
    pub path: String,
    /// The credential with which the edge fetches it; `postern admin edge-key create` makes one.
    pub key: String,
    /// The key type that the edge serves; absent means both.
    pub environment: Option<KeyType>,
    /// For how many seconds the issuer may hold an answer back while nothing changes (RFC 7240 section 4.3).
    pub wait_seconds: u64,
    /// For how many seconds the bundle holds without a word from the issuer; afterwards every request is refused.
    pub max_staleness_seconds: u64,
}

impl fmt::Debug for SyncSettings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SyncSettings").field("cluster", &self.cluster).finish_non_exhaustive()
    }
}

impl Default for SyncSettings {
    fn default() -> Self {
        Self {
            cluster: String::new(),
            authority: String::new(),
            path: "/edge/bundle".into(),
            key: String::new(),
            environment: None,
            wait_seconds: 30,
            max_staleness_seconds: 300,
        }
    }
}

impl Read for SyncSettings {
    fn read(node: &Node<'_>, at: At<'_>, problems: &mut Problems) -> Self {
        let Some(mut fields) = Fields::of(node, at, problems) else { return Self::default() };
        let default = Self::default();
        let cluster = fields.required("cluster", problems);
        let authority = fields.required("authority", problems);
        let path = fields.optional("path", problems).unwrap_or(default.path);
        let key = fields.required("key", problems);
        let environment = fields.optional("environment", problems);
        let wait_seconds = fields.optional("wait_seconds", problems).unwrap_or(default.wait_seconds);
        let max_staleness_seconds = fields.optional("max_staleness_seconds", problems).unwrap_or(default.max_staleness_seconds);
        fields.finish(problems);
        Self { cluster, authority, path, key, environment, wait_seconds, max_staleness_seconds }
    }
}

impl SyncSettings {
    /// Says what is wrong with the settings.
    pub(crate) fn check(&self, at: At<'_>, problems: &mut Problems) {
        let visible = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        if self.cluster.is_empty() {
            problems.push(at.field("cluster"), "must be the name of a cluster");
        }
        if !visible(&self.authority) || self.authority.contains('/') {
            problems.push(at.field("authority"), "must be `host` or `host:port`");
        }
        if !visible(&self.path) || !self.path.starts_with('/') || self.path.contains(['?', '#']) {
            problems.push(at.field("path"), "must be a path that begins with `/`, without a query");
        }
        if !is_token(self.key.as_bytes()) {
            problems.push(at.field("key"), "must be an edge's key, as `postern admin edge-key create` shows it");
        }
        if !(1..=MAX_WAIT_SECONDS).contains(&self.wait_seconds) {
            problems.push(at.field("wait_seconds"), "must be from 1 to 60");
        }
        let shortest = self.wait_seconds.saturating_add(1);
        if !(shortest..=MAX_STALENESS_SECONDS).contains(&self.max_staleness_seconds) {
            problems.push(at.field("max_staleness_seconds"), "must be more than `wait_seconds` and at most 86400");
        }
    }

    /// The path and query of the bundle.
    pub fn target(&self) -> String {
        match self.environment {
            Some(environment) => format!("{}?environment={}", self.path, environment.as_str()),
            None => self.path.clone(),
        }
    }
}
