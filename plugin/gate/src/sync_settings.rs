//! How an edge follows its issuer.

use std::fmt;

use postern_token::bundle::{At, Fields, Problems, Read, TextMap, one_of};
use postern_token::{Identifier, JwkDocument, KeySet, KeyType, Node, VerifyingKey};

use crate::request::is_token;

/// The longest time that the issuer may wait for a change before it answers, in seconds.
const MAX_WAIT_SECONDS: u64 = 60;

/// The longest time that a bundle may be used without a confirmation of the issuer, in seconds: a day.
const MAX_STALENESS_SECONDS: u64 = 86_400;

/// How an edge follows its issuer: where the bundle is, and how long it may be used.
#[derive(Clone, PartialEq, Eq)]
pub struct SyncSettings {
    /// The host's name for the issuer's servers; in Envoy, a cluster.
    pub cluster: String,
    /// The authority of the issuer's HTTP interface, `host[:port]`.
    pub authority: String,
    /// The path of the bundle.
    pub path: String,
    /// The edge key, the credential for the bundle; `postern admin edge-key create` makes one.
    pub key: String,
    /// The public keys, one of which must have signed the bundle; an empty list means that bundles need no signature.
    pub bundle_keys: Vec<JwkDocument>,
    /// The issuer whose bundle is accepted; absent means that a bundle may name any issuer.
    pub issuer: Option<String>,
    /// The environment whose bundle is asked for, and alone accepted; absent means that of the edge key, whichever it is.
    pub environment: Option<FollowedEnvironment>,
    /// How many seconds the issuer may wait for a change before it answers (RFC 7240 section 4.3); 0 asks for an answer at once, twice a second.
    pub wait_seconds: u64,
    /// The host's names for the servers of trusted issuers' status lists, by origin, such as `https://partner.example`.
    pub list_clusters: TextMap,
    /// How many seconds the bundle may be used without a confirmation of the issuer; after that every request is refused.
    pub max_staleness_seconds: u64,
}

/// The environment of the bundle that an edge follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FollowedEnvironment {
    /// Both: a bundle that is not limited to one environment.
    #[default]
    Both,
    /// One of them.
    One(KeyType),
}

impl FollowedEnvironment {
    /// The text form.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Both => "both",
            Self::One(environment) => environment.as_str(),
        }
    }
}

impl From<Option<KeyType>> for FollowedEnvironment {
    /// The environment of a bundle, as the bundle names it.
    fn from(environment: Option<KeyType>) -> Self {
        environment.map_or(Self::Both, Self::One)
    }
}

impl fmt::Display for FollowedEnvironment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl Read for FollowedEnvironment {
    fn read(node: &Node<'_>, at: At<'_>, problems: &mut Problems) -> Self {
        let [production, sandbox] = [KeyType::Production, KeyType::Sandbox].map(Self::One);
        one_of(&[("production", production), ("sandbox", sandbox), ("both", Self::Both)], node, at, problems)
    }
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
            bundle_keys: Vec::new(),
            issuer: None,
            environment: None,
            wait_seconds: 30,
            list_clusters: TextMap::default(),
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
        let bundle_keys = fields.optional("bundle_keys", problems).unwrap_or_default();
        let issuer = fields.optional("issuer", problems);
        let environment = fields.optional("environment", problems);
        let wait_seconds = fields.optional("wait_seconds", problems).unwrap_or(default.wait_seconds);
        let max_staleness_seconds = fields.optional("max_staleness_seconds", problems).unwrap_or(default.max_staleness_seconds);
        let list_clusters = fields.optional("list_clusters", problems).unwrap_or_default();
        fields.finish(problems);
        Self {
            cluster,
            authority,
            path,
            key,
            bundle_keys,
            issuer,
            environment,
            wait_seconds,
            list_clusters,
            max_staleness_seconds,
        }
    }
}

impl SyncSettings {
    /// Validates the settings.
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
            problems.push(at.field("key"), "must be an edge key, as `postern admin edge-key create` prints it");
        }
        check_bundle_keys(&self.bundle_keys, at.field("bundle_keys"), problems);
        if self.issuer.as_deref().is_some_and(|issuer| Identifier::parse(issuer).is_err()) {
            problems.push(at.field("issuer"), "must be the identifier of the issuer, such as `https://issuer.example`");
        }
        if self.wait_seconds > MAX_WAIT_SECONDS {
            problems.push(at.field("wait_seconds"), "must be from 0 to 60");
        }
        let clusters = at.field("list_clusters");
        for (origin, cluster) in self.list_clusters.iter() {
            let authority = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
            if !authority.is_some_and(|authority| visible(authority) && !authority.contains(['/', '?', '#'])) {
                problems.push(clusters, "must name origins, such as `https://partner.example`, each with the name of a cluster");
            }
            if cluster.is_empty() {
                problems.push(clusters.field(origin), "must be the name of a cluster");
            }
        }
        let shortest = self.wait_seconds.saturating_add(1);
        if !(shortest..=MAX_STALENESS_SECONDS).contains(&self.max_staleness_seconds) {
            problems.push(at.field("max_staleness_seconds"), "must be more than `wait_seconds` and at most 86400");
        }
    }

    /// The keys that sign the bundle; `None` when it needs no signature. A key that cannot be read is left out, so that no bundle is
    /// accepted because of it.
    pub(crate) fn pinned_keys(&self) -> Option<KeySet> {
        let keys = self.bundle_keys.iter().filter_map(|key| VerifyingKey::try_from(key).ok()).collect();
        (!self.bundle_keys.is_empty()).then(|| KeySet::new(keys).unwrap_or_default())
    }

    /// The path and query of the bundle.
    pub fn target(&self) -> String {
        match self.environment {
            Some(FollowedEnvironment::One(environment)) => format!("{}?environment={}", self.path, environment.as_str()),
            Some(FollowedEnvironment::Both) | None => self.path.clone(),
        }
    }
}

/// A secret key is refused: with it the edge, or anyone who reads its configuration, could sign bundles.
fn check_bundle_keys(keys: &[JwkDocument], at: At<'_>, problems: &mut Problems) {
    let mut checked = Vec::with_capacity(keys.len());
    for (index, key) in keys.iter().enumerate() {
        if key.material.is_symmetric() {
            problems.push(at.item(index), "must be a public key, as `postern admin bundle-key list` prints it");
        } else {
            checked.extend(problems.take(at.item(index), VerifyingKey::try_from(key)));
        }
    }
    problems.take(at, KeySet::new(checked));
}
