//! The header fields of a client that must not reach the upstream, in any spelling: fields that could forge an identity, and fields that
//! make some servers serve another method, path or host than the gate has judged.

use crate::identity_headers::{IdentityHeaders, PREFIX, are_alike, fold, is_reserved};
use crate::request::Request;

/// Headers that override the method. Browsers and proxies send none of them.
const METHOD: [&str; 6] =
    ["x-http-method-override", "x-http-method", "x-method-override", "x-forwarded-method", "x-original-method", "x-method"];

/// Headers that override the path or the host.
const TARGET: [&str; 19] = [
    "x-original-url",
    "x-original-uri",
    "x-rewrite-url",
    "x-forwarded-uri",
    "x-forwarded-prefix",
    "x-forwarded-host",
    "x-original-host",
    "forwarded",
    "x-forwarded-path",
    "x-forwarded-server",
    "x-original-path",
    "x-rewrite-path",
    "x-override-url",
    "x-host",
    "x-http-host-override",
    "x-waws-unencoded-url",
    "base-url",
    "x-script-name",
    "x-request-uri",
];

/// The headers that override something, unless the configuration names others.
pub(crate) fn default_override_headers() -> Vec<String> {
    METHOD.into_iter().chain(TARGET).map(ToOwned::to_owned).collect()
}

/// Whether the request has a header that overrides its method, in any spelling.
pub(crate) fn overrides_method(request: &Request<'_>) -> bool {
    request.headers.iter().any(|(name, _)| METHOD.iter().any(|own| are_alike(own.as_bytes(), name)))
}

/// Which fields of a client are removed.
#[derive(Debug, Clone, Default)]
pub(crate) struct RemovedFields {
    /// The names that do not begin with [`PREFIX`], by length; all long ones are in one list. Most fields with the same first byte as a name
    /// differ from it in length.
    by_length: Vec<Vec<String>>,
    /// The first bytes of the names and of [`PREFIX`]. Most fields of a client begin with none of them, which is quick to check.
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

impl RemovedFields {
    /// Removes the fields that could be one of `identity`, and those with a name in `others`.
    pub(crate) fn of(identity: &IdentityHeaders, others: &[String]) -> Self {
        let names = identity.names().map(|(_, name)| name).chain(others.iter().map(String::as_str));
        let names: Vec<String> = names.filter(|name| !is_reserved(name.as_bytes())).map(ToOwned::to_owned).collect();
        let mut firsts = Firsts::default();
        for first in names.iter().filter_map(|name| name.as_bytes().first()).chain(PREFIX.first()) {
            // All punctuation is treated as equal, so a name that begins with one punctuation mark can begin with any.
            let alike = (0..=u8::MAX).filter(|byte| fold(*byte) == fold(*first));
            alike.for_each(|byte| firsts.add(byte));
        }
        let mut by_length = vec![Vec::new(); LONG + 1];
        for name in names {
            if let Some(list) = by_length.get_mut(name.len().min(LONG)) {
                list.push(name);
            }
        }
        Self { by_length, firsts }
    }

    /// Whether a field of this name is removed.
    pub(crate) fn hold(&self, name: &[u8]) -> bool {
        name.first().is_some_and(|first| self.firsts.holds(*first)) && (is_reserved(name) || self.is_alike(name))
    }

    fn is_alike(&self, name: &[u8]) -> bool {
        let names = self.by_length.get(name.len().min(LONG));
        names.into_iter().flatten().any(|own| are_alike(own.as_bytes(), name))
    }
}

/// The length from which on names are long.
const LONG: usize = 63;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_is_seen() {
        let long = "x".repeat(64);
        let headers = IdentityHeaders { user: Some("x-user-id".into()), tier: Some("tier".into()), ..IdentityHeaders::default() };
        let removed = RemovedFields::of(&headers, &["x-rewrite-url".into(), long.clone()]);
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
            "X-Rewrite-URL",
            "x_rewrite_url",
            &long,
        ] {
            assert!(removed.hold(name.as_bytes()), "{name}");
        }
        for name in ["", "x-posterns", "x-postern", "x-user-id2", "user-agent", ":path", "x-rewrite-uri", "x-original-url"] {
            assert!(!removed.hold(name.as_bytes()), "{name}");
        }
        assert!(!removed.hold(&long.as_bytes()[1..]) && !removed.hold(long.replace('x', "y").as_bytes()));
    }
}
