//! The headers that tell the upstream who is calling, and the names with which a client could forge them.

use postern_token::Node;
use postern_token::bundle::{At, Fields, Problems, Read};

/// Fields of a client whose name begins like this are always removed, whatever the configuration.
pub(crate) const PREFIX: &[u8] = b"x-postern-";

/// The headers that tell the upstream who is calling; `null` leaves one out. `issuer` is set only for tokens of trusted issuers.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "each is the name of the header for the claim of that name")]
pub struct IdentityHeaders {
    pub application: Option<String>,
    pub client: Option<String>,
    pub user: Option<String>,
    pub tier: Option<String>,
    pub key_type: Option<String>,
    pub scope: Option<String>,
    pub issuer: Option<String>,
}

impl Default for IdentityHeaders {
    fn default() -> Self {
        let name = |last: &str| Some(format!("x-postern-{last}"));
        Self {
            application: name("application"),
            client: name("client"),
            user: name("user"),
            tier: name("tier"),
            key_type: name("key-type"),
            scope: name("scope"),
            issuer: name("issuer"),
        }
    }
}

impl IdentityHeaders {
    /// The names that are set, each with its field.
    pub fn names(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            ("application", &self.application),
            ("client", &self.client),
            ("user", &self.user),
            ("tier", &self.tier),
            ("key_type", &self.key_type),
            ("scope", &self.scope),
            ("issuer", &self.issuer),
        ]
        .into_iter()
        .filter_map(|(field, name)| name.as_deref().map(|name| (field, name)))
    }
}

impl Read for IdentityHeaders {
    fn read(node: &Node<'_>, at: At<'_>, problems: &mut Problems) -> Self {
        let Some(mut fields) = Fields::of(node, at, problems) else { return Self::default() };
        let default = Self::default();
        let headers = Self {
            application: fields.nullable("application", default.application, problems),
            client: fields.nullable("client", default.client, problems),
            user: fields.nullable("user", default.user, problems),
            tier: fields.nullable("tier", default.tier, problems),
            key_type: fields.nullable("key_type", default.key_type, problems),
            scope: fields.nullable("scope", default.scope, problems),
            issuer: fields.nullable("issuer", default.issuer, problems),
        };
        fields.finish(problems);
        headers
    }
}

/// Whether a name begins with the reserved prefix, in any spelling.
pub(crate) fn is_reserved(name: &[u8]) -> bool {
    name.get(..PREFIX.len()).is_some_and(|start| are_alike(PREFIX, start))
}

/// Whether two names are the same to a server that maps header names to variables, where `-`, `_` and other punctuation become the same
/// character (RFC 3875 section 4.1.18). Compares the ends first, because many names begin with `x-`.
pub(crate) fn are_alike(own: &[u8], name: &[u8]) -> bool {
    let alike = |(own, byte): (&u8, &u8)| own == byte || fold(*own) == fold(*byte);
    own.len() == name.len() && own.last().zip(name.last()).is_none_or(alike) && own.iter().zip(name).all(alike)
}

pub(crate) const fn fold(byte: u8) -> u8 {
    if byte.is_ascii_alphanumeric() { byte.to_ascii_lowercase() } else { b'-' }
}
