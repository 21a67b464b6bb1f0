//! The plugin's configuration in JSON: a bundle or how to fetch it, and settings that the issuer does not need to know.

use std::ops::RangeInclusive;

use postern_token::Node;
use postern_token::bundle::{At, BundleDocument, Fields, Problems, Read, one_of};

use crate::identity_headers::{IdentityHeaders, are_alike, is_reserved};
use crate::removed_fields::{RemovedFields, default_override_headers};
use crate::request::is_token;
use crate::sync_settings::SyncSettings;

/// The longest leeway in seconds. More would accept expired tokens for longer than clocks differ.
const MAX_LEEWAY_SECONDS: u64 = 300;

/// The largest number of bytes for verified tokens in one worker, which has at most 4 GiB of memory.
const MAX_CACHE_BYTES: u64 = 256 << 20;

/// How many bytes the open requests of one worker may take, which has at most 4 GiB of memory.
const OPEN_REQUESTS_BYTES: RangeInclusive<u64> = 64 << 10..=1 << 30;

/// The configuration in JSON: one object with the fields of [`Settings`] and the bundle.
#[derive(Debug, Clone, Default)]
pub struct PluginDocument {
    /// The bundle, unless it is fetched.
    pub bundle: Option<BundleDocument>,
    /// How the bundle is fetched.
    pub sync: Option<SyncSettings>,
    /// The other settings.
    pub settings: Settings,
}

/// The settings beside the bundle.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Which header holds the token.
    pub credential: CredentialSettings,
    /// The header that names the client's domain, before `Origin` and `Referer`; `null` for none, so that only headers that browsers set
    /// themselves are used.
    pub client_domain_header: Option<String>,
    /// The headers that tell the upstream who is calling.
    pub identity_headers: IdentityHeaders,
    /// The names of headers with which a client could make an upstream serve another method, path or host than was judged. They are
    /// removed, in any spelling; an empty list keeps all of them.
    pub override_headers: Vec<String>,
    /// How far the issuer's clock and this host's clock may differ, in seconds.
    pub leeway_seconds: u64,
    /// What to do with a request that no API matches.
    pub unmatched: Otherwise,
    /// What to do with a CORS preflight for a resource.
    pub preflight: Otherwise,
    /// The limits of each worker's cache of verified tokens.
    pub token_cache: CacheSettings,
    /// The approximate number of bytes that the open requests of a worker may take.
    pub open_requests_bytes: u64,
    /// Whether the decision goes into the host's filter state, for its access log.
    pub filter_state: bool,
    /// The fields to remove, computed from `identity_headers` and `override_headers`.
    pub(crate) removed: RemovedFields,
}

/// The limits of the cache of verified tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheSettings {
    /// The largest number of tokens; 0 disables the cache.
    pub entries: u64,
    /// The approximate number of bytes that the tokens may take.
    pub bytes: u64,
}

impl Default for CacheSettings {
    fn default() -> Self {
        Self { entries: 2_000, bytes: 4 << 20 }
    }
}

/// Which header holds the token.
#[derive(Debug, Clone)]
pub struct CredentialSettings {
    /// The header's name.
    pub header: String,
    /// The authentication scheme before the token; `null` when the header holds the token alone.
    pub scheme: Option<String>,
    /// Whether the upstream gets the header too.
    pub forward: bool,
}

/// What to do with a request that no rule covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Otherwise {
    /// It is refused.
    #[default]
    Deny,
    /// It passes.
    Allow,
}

impl Default for Settings {
    fn default() -> Self {
        let (identity_headers, override_headers) = (IdentityHeaders::default(), default_override_headers());
        Self {
            credential: CredentialSettings::default(),
            client_domain_header: Some("domain".into()),
            removed: RemovedFields::of(&identity_headers, &override_headers),
            identity_headers,
            override_headers,
            leeway_seconds: 60,
            unmatched: Otherwise::Deny,
            preflight: Otherwise::Deny,
            token_cache: CacheSettings::default(),
            open_requests_bytes: 32 << 20,
            filter_state: false,
        }
    }
}

impl Default for CredentialSettings {
    fn default() -> Self {
        Self { header: "authorization".into(), scheme: Some("Bearer".into()), forward: false }
    }
}

impl Read for PluginDocument {
    fn read(node: &Node<'_>, at: At<'_>, problems: &mut Problems) -> Self {
        let Some(mut fields) = Fields::of(node, at, problems) else { return Self::default() };
        let default = Settings::default();
        let bundle = fields.optional("bundle", problems);
        let sync = fields.optional("sync", problems);
        let identity_headers = fields.optional("identity_headers", problems).unwrap_or(default.identity_headers);
        let override_headers = fields.optional("override_headers", problems).unwrap_or(default.override_headers);
        let settings = Settings {
            removed: RemovedFields::of(&identity_headers, &override_headers),
            credential: fields.optional("credential", problems).unwrap_or(default.credential),
            client_domain_header: fields.nullable("client_domain_header", default.client_domain_header, problems),
            identity_headers,
            override_headers,
            leeway_seconds: fields.optional("leeway_seconds", problems).unwrap_or(default.leeway_seconds),
            unmatched: fields.optional("unmatched", problems).unwrap_or(default.unmatched),
            preflight: fields.optional("preflight", problems).unwrap_or(default.preflight),
            token_cache: fields.optional("token_cache", problems).unwrap_or(default.token_cache),
            open_requests_bytes: fields.optional("open_requests_bytes", problems).unwrap_or(default.open_requests_bytes),
            filter_state: fields.optional("filter_state", problems).unwrap_or(default.filter_state),
        };
        fields.finish(problems);
        Self { bundle, sync, settings }
    }
}

impl Read for CredentialSettings {
    fn read(node: &Node<'_>, at: At<'_>, problems: &mut Problems) -> Self {
        let Some(mut fields) = Fields::of(node, at, problems) else { return Self::default() };
        let default = Self::default();
        let header = fields.optional("header", problems).unwrap_or(default.header);
        let scheme = fields.nullable("scheme", default.scheme, problems);
        let forward = fields.optional("forward", problems).unwrap_or(default.forward);
        fields.finish(problems);
        Self { header, scheme, forward }
    }
}

impl Read for CacheSettings {
    fn read(node: &Node<'_>, at: At<'_>, problems: &mut Problems) -> Self {
        let Some(mut fields) = Fields::of(node, at, problems) else { return Self::default() };
        let default = Self::default();
        let entries = fields.optional("entries", problems).unwrap_or(default.entries);
        let bytes = fields.optional("bytes", problems).unwrap_or(default.bytes);
        fields.finish(problems);
        Self { entries, bytes }
    }
}

impl Read for Otherwise {
    fn read(node: &Node<'_>, at: At<'_>, problems: &mut Problems) -> Self {
        one_of(&[("deny", Self::Deny), ("allow", Self::Allow)], node, at, problems)
    }
}

impl Settings {
    /// Validates the settings.
    pub fn check(&self, problems: &mut Problems) {
        let credential = At::Root.field("credential");
        let identity = At::Root.field("identity_headers");
        if self.credential.scheme.as_ref().is_some_and(|scheme| !is_token(scheme.as_bytes())) {
            problems.push(credential.field("scheme"), "must be a scheme such as `Bearer`, or `null` for none");
        }
        if self.leeway_seconds > MAX_LEEWAY_SECONDS {
            problems.push(At::Root.field("leeway_seconds"), "must be at most 300");
        }
        if self.token_cache.bytes > MAX_CACHE_BYTES {
            problems.push(At::Root.field("token_cache").field("bytes"), "must be at most 268435456");
        }
        if !OPEN_REQUESTS_BYTES.contains(&self.open_requests_bytes) {
            problems.push(At::Root.field("open_requests_bytes"), "must be from 65536 to 1073741824");
        }
        let read = [
            Some((credential.field("header"), self.credential.header.as_str())),
            self.client_domain_header.as_deref().map(|name| (At::Root.field("client_domain_header"), name)),
        ];
        for (at, name) in read.iter().flatten() {
            if is_reserved(name.as_bytes()) {
                problems.push(*at, "must not begin with `x-postern-`: fields of a client with such a name are removed");
            }
        }
        let mut names: Vec<&str> = Vec::new();
        let set = self.identity_headers.names().map(|(field, name)| (identity.field(field), name));
        let overrides = At::Root.field("override_headers");
        let removed = self.override_headers.iter().enumerate().map(|(index, name)| (overrides.item(index), name.as_str()));
        for (at, name) in read.into_iter().flatten().chain(set).chain(removed) {
            problems.take(at, check_name(name));
            if names.iter().any(|other| are_alike(other.as_bytes(), name.as_bytes())) {
                problems.push(at, "names a header that another setting uses");
            }
            names.push(name);
        }
    }
}

/// Headers that frame the message. To set or remove one would change the meaning of the request.
const FRAMING: [&str; 8] =
    ["host", "connection", "content-length", "content-type", "transfer-encoding", "te", "trailer", "upgrade"];

fn check_name(name: &str) -> Result<(), &'static str> {
    if name.len() > 64 || !is_token(name.as_bytes()) || name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Err("must be a header name in lower case")
    } else if FRAMING.contains(&name) {
        Err("must not be a header that frames the message")
    } else {
        Ok(())
    }
}
