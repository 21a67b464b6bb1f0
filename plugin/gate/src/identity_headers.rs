//! The headers that tell the upstream who is calling, and the names with which a client could forge them.

use postern_token::Node;
use postern_token::bundle::{At, Fields, Problems, Read};

/// Fields of a client whose name begins like this are always removed, whatever the configuration.
const PREFIX: &[u8] = b"x-postern-";

/// The headers that tell the upstream who is calling; `null` leaves one out. `issuer` is set for tokens of trusted issuers alone.
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
    /// The names that do not begin with [`PREFIX`].
    unreserved: Vec<String>,
    /// The first bytes of the names and of [`PREFIX`]. Most fields of a client begin with none of them, which is quick to see.
    firsts: Firsts,
}

/// A set of bytes, as four words of bits.
#[derive(Debug, Clone, Copy, Default)]
struct Firsts([u64; 4]);

impl Firsts {
    fn add(&mut self, byte: u8) {
        if let Some(word) = self.0.get_mut(usize::from(byte >> 6)) {
            *word |= 1 << (byte & 63);
        }
    }

    fn holds(&self, byte: u8) -> bool {
        self.0.get(usize::from(byte >> 6)).is_some_and(|word| word >> (byte & 63) & 1 == 1)
    }
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
            unreserved: Vec::new(),
            firsts: Firsts::default(),
        }
        .prepared()
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

    /// Computes the fields that are derived from the names.
    fn prepared(mut self) -> Self {
        let mut firsts = Firsts::default();
        let names = self.names().filter_map(|(_, name)| name.as_bytes().first().copied());
        for first in names.chain(PREFIX.first().copied()) {
            // All punctuation counts as the same, so a name that begins with one mark can begin with any.
            let alike = (0..=u8::MAX).filter(|byte| fold(*byte) == fold(first));
            alike.for_each(|byte| firsts.add(byte));
        }
        self.firsts = firsts;
        let names = self.names().map(|(_, name)| name).filter(|name| !is_reserved(name.as_bytes()));
        self.unreserved = names.map(ToOwned::to_owned).collect();
        self
    }

    /// Whether an upstream could take a client's field of this name for one of these headers.
    pub(crate) fn could_be(&self, name: &[u8]) -> bool {
        name.first().is_some_and(|first| self.firsts.holds(*first)) && self.is_alike(name)
    }

    fn is_alike(&self, name: &[u8]) -> bool {
        is_reserved(name) || self.unreserved.iter().any(|own| are_alike(own.as_bytes(), name))
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
            unreserved: Vec::new(),
            firsts: Firsts::default(),
        }
        .prepared();
        fields.finish(problems);
        headers
    }
}

/// Whether a name begins with the reserved prefix, in any spelling.
pub(crate) fn is_reserved(name: &[u8]) -> bool {
    name.get(..PREFIX.len()).is_some_and(|start| are_alike(PREFIX, start))
}

/// Whether two names are the same to a server that maps header names to variables, where `-`, `_` and other punctuation become
/// one (RFC 3875 section 4.1.18). Compares from the end, because many names begin with `x-`.
pub(crate) fn are_alike(own: &[u8], name: &[u8]) -> bool {
    own.len() == name.len() && own.iter().zip(name).rev().all(|(own, byte)| fold(*own) == fold(*byte))
}

const fn fold(byte: u8) -> u8 {
    if byte.is_ascii_alphanumeric() { byte.to_ascii_lowercase() } else { b'-' }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_is_seen() {
        let headers = IdentityHeaders { user: Some("x-user-id".into()), tier: Some("tier".into()), ..IdentityHeaders::default() };
        let headers = headers.prepared();
        for name in [
            "tier",
            "TIER",
            "Tier",
            "x-postern-user",
            "X-Postern-User",
            "x_postern_user",
            "x.postern.user",
            "x-postern-anything",
            "X_USER_ID",
        ] {
            assert!(headers.could_be(name.as_bytes()), "{name}");
        }
        for name in ["x-posterns", "x-postern", "x-user-id2", "user-agent", ":path"] {
            assert!(!headers.could_be(name.as_bytes()), "{name}");
        }
    }
}
