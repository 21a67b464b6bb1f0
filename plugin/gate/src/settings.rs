//! The plugin's configuration as it is written: a bundle or how to fetch it, and the settings that are not the issuer's business.

use postern_token::Node;
use postern_token::bundle::{At, BundleDocument, Fields, Problems, Read, one_of};

use crate::identity_headers::{IdentityHeaders, are_alike, is_reserved};
use crate::request::is_token;
use crate::sync_settings::SyncSettings;

/// The longest leeway in seconds; more would keep expired tokens alive for longer than a clock is ever wrong.
const MAX_LEEWAY_SECONDS: u64 = 300;

/// The most bytes that verified tokens may take in one virtual machine, which has 4 GiB at the most.
const MAX_CACHE_BYTES: u64 = 256 << 20;

/// The configuration as it is written in JSON: one object with the fields of [`Settings`] and the bundle.
#[derive(Debug, Clone, Default)]
pub struct PluginDocument {
    /// The bundle, unless it is fetched.
    pub bundle: Option<BundleDocument>,
    /// How it is fetched.
    pub sync: Option<SyncSettings>,
    /// The settings beside it.
    pub settings: Settings,
}

/// What is configured beside the bundle.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the token stands.
    pub credential: CredentialSettings,
    /// The header that names the client's domain before `Origin` and `Referer` are asked; `null` for none, so that only what a
    /// browser says by itself counts.
    pub client_domain_header: Option<String>,
    /// The headers that tell the upstream who is calling.
    pub identity_headers: IdentityHeaders,
    /// By how much the issuer's clock and this one may differ, in seconds.
    pub leeway_seconds: u64,
    /// What happens to a request that is for no API.
    pub unmatched: Otherwise,
    /// What happens to a CORS preflight for a resource.
    pub preflight: Otherwise,
    /// How much each virtual machine remembers of tokens that it has verified.
    pub token_cache: CacheSettings,
    /// Whether what was decided goes into the host's filter state, for its access log.
    pub filter_state: bool,
}

/// The bounds of the cache of verified tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheSettings {
    /// How many tokens; 0 turns the cache off.
    pub entries: u64,
    /// How many bytes they may take, about.
    pub bytes: u64,
}

impl Default for CacheSettings {
    fn default() -> Self {
        Self { entries: 2_000, bytes: 4 << 20 }
    }
}

/// Where the token stands.
#[derive(Debug, Clone)]
pub struct CredentialSettings {
    /// The header's name.
    pub header: String,
    /// The authentication scheme before the token; `null` when the header holds the token alone.
    pub scheme: Option<String>,
    /// Whether the upstream gets the header as well.
    pub forward: bool,
}

/// What happens to a request that no rule is about.
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
        Self {
            credential: CredentialSettings::default(),
            client_domain_header: Some("domain".into()),
            identity_headers: IdentityHeaders::default(),
            leeway_seconds: 60,
            unmatched: Otherwise::Deny,
            preflight: Otherwise::Deny,
            token_cache: CacheSettings::default(),
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
        let settings = Settings {
            credential: fields.optional("credential", problems).unwrap_or(default.credential),
            client_domain_header: fields.nullable("client_domain_header", default.client_domain_header, problems),
            identity_headers: fields.optional("identity_headers", problems).unwrap_or(default.identity_headers),
            leeway_seconds: fields.optional("leeway_seconds", problems).unwrap_or(default.leeway_seconds),
            unmatched: fields.optional("unmatched", problems).unwrap_or(default.unmatched),
            preflight: fields.optional("preflight", problems).unwrap_or(default.preflight),
            token_cache: fields.optional("token_cache", problems).unwrap_or(default.token_cache),
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
    /// Says what is wrong with the settings.
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
        let read = [
            Some((credential.field("header"), self.credential.header.as_str())),
            self.client_domain_header.as_deref().map(|name| (At::Root.field("client_domain_header"), name)),
        ];
        for (at, name) in read.iter().flatten() {
            if is_reserved(name.as_bytes()) {
                problems.push(*at, "must not begin with `x-postern-`: what a client sends under such a name is removed");
            }
        }
        let mut names: Vec<&str> = Vec::new();
        let set = self.identity_headers.names().map(|(field, name)| (identity.field(field), name));
        for (at, name) in read.into_iter().flatten().chain(set) {
            problems.take(at, check_name(name));
            if names.iter().any(|other| are_alike(other.as_bytes(), name.as_bytes())) {
                problems.push(at, "names a header that is used for something else already");
            }
            names.push(name);
        }
    }
}

/// Headers that carry the message itself; to set or remove one of them would change the request's meaning.
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
