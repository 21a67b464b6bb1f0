//! Client domains: the patterns that a token allows, and the domain that a request names.

use std::borrow::Cow;
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use serde::{Serialize, Serializer};
use thiserror::Error;

/// The longest host name in bytes (RFC 1035 section 2.3.4).
const MAX_HOST_LEN: usize = 253;

/// The longest label in bytes (RFC 1035 section 2.3.4).
const MAX_LABEL_LEN: usize = 63;

/// A domain that a token allows: `[scheme "://"] ["*."] host [":" port]`, lower-case ASCII.
///
/// - `example.com` is that host alone, with any scheme and on any port.
/// - `*.example.com` is every host below it at any depth, and not `example.com`.
/// - `https://app.example.com` is that origin (RFC 6454): the scheme must match, and the port is the scheme's own
///   unless one is given.
/// - `example.com:8443` is that host on that port, with any scheme.
///
/// An IPv4 address, or an IPv6 address in brackets, matches only itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainPattern<'a> {
    text: Cow<'a, str>,
    scheme: Option<Scheme>,
    wildcard: bool,
    /// The position of the host in `text`, without the `*.`.
    host: (usize, usize),
    port: Option<u16>,
}

/// Why a text is not a [`DomainPattern`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DomainPatternError {
    /// A scheme other than `http` and `https`.
    #[error("the scheme must be `http` or `https`")]
    Scheme,
    /// A host that is neither a lower-case ASCII name nor an IP address.
    #[error("the host must be a lower-case ASCII name (IDNs in punycode), an IPv4 address, or an IPv6 address in brackets")]
    Host,
    /// A `*` anywhere but as the whole first label of a name.
    #[error("`*` may only be the first label of a name, as in `*.example.com`")]
    Wildcard,
    /// A port that is not a number from 1 to 65535.
    #[error("the port must be a number from 1 to 65535")]
    Port,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Http,
    Https,
}

impl Scheme {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "http" => Some(Self::Http),
            "https" => Some(Self::Https),
            _ => None,
        }
    }

    const fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

impl<'a> DomainPattern<'a> {
    /// Parses a pattern in its only form.
    pub fn parse(text: impl Into<Cow<'a, str>>) -> Result<Self, DomainPatternError> {
        let text = text.into();
        let (scheme, authority) = match split_scheme(&text) {
            Some((scheme, rest)) => (Some(Scheme::parse(scheme).ok_or(DomainPatternError::Scheme)?), rest),
            None => (None, &*text),
        };
        let (wildcard, authority) = match authority.strip_prefix("*.") {
            Some(rest) => (true, rest),
            None => (false, authority),
        };
        let (host, port) = split_port(authority);
        let port = port.map(|digits| parse_port(digits).ok_or(DomainPatternError::Port)).transpose()?;
        match host_kind(host) {
            _ if host.contains('*') => return Err(DomainPatternError::Wildcard),
            None => return Err(DomainPatternError::Host),
            Some(HostKind::Address) if wildcard => return Err(DomainPatternError::Wildcard),
            Some(HostKind::Address | HostKind::Name) => {}
        }
        let before_authority = text.len() - authority.len();
        let host = (before_authority, before_authority + host.len());
        Ok(Self { text, scheme, wildcard, host, port })
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The same pattern, owning its text.
    pub fn into_owned(self) -> DomainPattern<'static> {
        DomainPattern {
            text: Cow::Owned(self.text.into_owned()),
            scheme: self.scheme,
            wildcard: self.wildcard,
            host: self.host,
            port: self.port,
        }
    }

    /// Whether the pattern allows `domain`.
    pub fn matches(&self, domain: &ClientDomain<'_>) -> bool {
        let wanted_port = self.port.or_else(|| self.scheme.map(Scheme::default_port));
        let actual_port = domain.port.or_else(|| domain.scheme.map(Scheme::default_port));
        (self.scheme.is_none() || self.scheme == domain.scheme)
            && (wanted_port.is_none() || wanted_port == actual_port)
            && self.host_matches(&domain.host)
    }

    fn host_matches(&self, host: &str) -> bool {
        let own = self.text.get(self.host.0..self.host.1).unwrap_or_default();
        if self.wildcard {
            host.strip_suffix(own).and_then(|below| below.strip_suffix('.')).is_some_and(|below| !below.is_empty())
        } else {
            host == own
        }
    }
}

impl fmt::Display for DomainPattern<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl Serialize for DomainPattern<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

/// The domain that a request claims to come from. Clients other than browsers can send any value here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientDomain<'a> {
    scheme: Option<Scheme>,
    host: Cow<'a, str>,
    port: Option<u16>,
}

impl<'a> ClientDomain<'a> {
    /// Reads a value that names a host, `host[:port]`, or an origin, `scheme://host[:port]`.
    pub fn parse(value: &'a [u8]) -> Option<Self> {
        let text = std::str::from_utf8(value).ok()?;
        match split_scheme(text) {
            Some((scheme, authority)) => Self::new(Some(scheme), authority),
            None => Self::new(None, text),
        }
    }

    /// Reads an `Origin` header (RFC 6454 section 7). `null` and a list of origins name no domain.
    pub fn from_origin(value: &'a [u8]) -> Option<Self> {
        let (scheme, authority) = split_scheme(std::str::from_utf8(value).ok()?)?;
        Self::new(Some(scheme), authority)
    }

    /// Reads the origin of a `Referer` header (RFC 9110 section 10.1.3): the part before its path, query and fragment.
    pub fn from_referer(value: &'a [u8]) -> Option<Self> {
        let end_of = |bytes: &[u8]| bytes.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#')).unwrap_or(bytes.len());
        let scheme_end = value.iter().position(|byte| *byte == b':')?;
        let rest = value.get(scheme_end + 1..)?.strip_prefix(b"//")?;
        let authority = rest.get(..end_of(rest))?;
        Self::new(Some(std::str::from_utf8(value.get(..scheme_end)?).ok()?), std::str::from_utf8(authority).ok()?)
    }

    /// Whether this domain, which may be only a host, agrees with `origin` in every part that it names.
    pub fn agrees_with(&self, origin: &Self) -> bool {
        let port = |domain: &Self| domain.port.or_else(|| domain.scheme.map(Scheme::default_port));
        self.host == origin.host
            && (self.scheme.is_none() || self.scheme == origin.scheme)
            && (port(self).is_none() || port(self) == port(origin))
    }

    fn new(scheme: Option<&str>, authority: &'a str) -> Option<Self> {
        let scheme = match scheme {
            Some(text) => Some(Scheme::parse(&lower(text))?),
            None => None,
        };
        let (host, port) = split_port(authority);
        let port = match port {
            Some(digits) => Some(parse_port(digits)?),
            None => None,
        };
        let host = lower(host);
        host_kind(&host)?;
        Some(Self { scheme, host, port })
    }
}

/// Splits `scheme://rest`.
fn split_scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    Some((scheme, rest.strip_prefix("//")?))
}

fn lower(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) { Cow::Owned(text.to_ascii_lowercase()) } else { Cow::Borrowed(text) }
}

/// Splits `host[:port]`; the colons inside an IPv6 address in brackets belong to the host.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

fn parse_port(digits: &str) -> Option<u16> {
    let plain = !digits.is_empty() && !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit());
    if plain { digits.parse().ok() } else { None }
}

/// Whether `text` is a host in its only form: a lower-case ASCII name, an IPv4 address, or an IPv6 address in brackets.
pub fn is_host(text: &str) -> bool {
    host_kind(text).is_some()
}

enum HostKind {
    Name,
    Address,
}

fn host_kind(host: &str) -> Option<HostKind> {
    if let Some(bracketed) = host.strip_prefix('[') {
        // From here on, addresses are compared as text: browsers write an address in its canonical form (RFC 5952), and any other form does
        // not match.
        let text = bracketed.strip_suffix(']')?;
        let lower = !text.bytes().any(|byte| byte.is_ascii_uppercase());
        return (lower && text.parse::<Ipv6Addr>().is_ok()).then_some(HostKind::Address);
    }
    if host.is_empty() || host.len() > MAX_HOST_LEN {
        return None;
    }
    let mut last: &[u8] = b"";
    for label in host.as_bytes().split(|byte| *byte == b'.') {
        let inner = |byte: &u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
        if label.is_empty() || label.len() > MAX_LABEL_LEN || !label.iter().all(inner) {
            return None;
        }
        if label.first() == Some(&b'-') || label.last() == Some(&b'-') {
            return None;
        }
        last = label;
    }
    // As in the URL standard: a name whose last label is a number is an IPv4 address or nothing.
    if last.iter().all(u8::is_ascii_digit) || last.starts_with(b"0x") {
        return host.parse::<Ipv4Addr>().is_ok().then_some(HostKind::Address);
    }
    Some(HostKind::Name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_match_the_vectors() {
        for vector in postern_vectors::domains() {
            let pattern = DomainPattern::parse(vector.pattern.as_str());
            if vector.invalid {
                assert!(pattern.is_err(), "`{}` must be refused", vector.pattern);
                continue;
            }
            let pattern = pattern.unwrap_or_else(|error| panic!("`{}`: {error}", vector.pattern));
            assert_eq!((pattern.as_str(), pattern.to_string()), (vector.pattern.as_str(), vector.pattern.clone()));
            for text in &vector.allows {
                let domain = ClientDomain::parse(text.as_bytes());
                assert!(domain.is_some_and(|domain| pattern.matches(&domain)), "`{}` must allow `{text}`", vector.pattern);
            }
            for text in &vector.refuses {
                let domain = ClientDomain::parse(text.as_bytes());
                assert!(!domain.is_some_and(|domain| pattern.matches(&domain)), "`{}` must refuse `{text}`", vector.pattern);
            }
        }
    }

    #[test]
    fn a_refused_pattern_says_what_is_wrong() {
        for (text, error) in [
            ("a.*.example", DomainPatternError::Wildcard),
            ("*", DomainPatternError::Wildcard),
            ("*.192.0.2.1", DomainPatternError::Wildcard),
            ("a_b!.example", DomainPatternError::Host),
            ("app.example:x", DomainPatternError::Port),
            ("ftp://app.example", DomainPatternError::Scheme),
        ] {
            assert_eq!(DomainPattern::parse(text).err(), Some(error), "{text}");
        }
    }

    #[test]
    fn an_origin_has_a_scheme_and_nothing_after_its_port() {
        assert!(ClientDomain::from_origin(b"https://app.example.com").is_some());
        for bad in
            ["null", "app.example.com", "https://a.example, https://b.example", "https://a.example/", "file://", "https://"]
        {
            assert_eq!(ClientDomain::from_origin(bad.as_bytes()), None, "`{bad}`");
        }
    }

    #[test]
    fn a_host_alone_agrees_with_each_origin_of_it_and_more_must_be_the_same() {
        let origin = ClientDomain::from_origin(b"https://app.example.com").unwrap();
        for (text, agrees) in [
            ("app.example.com", true),
            ("APP.example.com:443", true),
            ("https://app.example.com", true),
            ("https://app.example.com:443", true),
            ("app.example.com:8443", false),
            ("http://app.example.com", false),
            ("http://app.example.com:443", false),
            ("example.com", false),
            ("x.app.example.com", false),
        ] {
            assert_eq!(ClientDomain::parse(text.as_bytes()).unwrap().agrees_with(&origin), agrees, "`{text}`");
        }
    }

    #[test]
    fn only_the_origin_of_a_referer_is_used() {
        let expected = ClientDomain::from_origin(b"https://app.example.com:8443");
        for good in [
            "https://app.example.com:8443",
            "https://app.example.com:8443/a?b#c",
            "https://APP.example.com:8443?x",
            "https://app.example.com:8443#x",
        ] {
            assert_eq!(ClientDomain::from_referer(good.as_bytes()), expected, "`{good}`");
        }
        for bad in [
            "https://app.example.com@evil.test/",
            "https://app.example.com\\.evil.test/",
            "//app.example.com/",
            "/app.example.com",
            "about:blank",
        ] {
            assert_eq!(ClientDomain::from_referer(bad.as_bytes()), None, "`{bad}`");
        }
        assert_eq!(
            ClientDomain::from_referer(b"https://app.example.com/\xff").map(|domain| domain.host.into_owned()).as_deref(),
            Some("app.example.com")
        );
    }

    #[test]
    fn hosts_and_labels_have_a_maximum_length() {
        let label = |length: usize| "a".repeat(length);
        let host = |last: usize| [label(63), label(63), label(63), label(last)].join(".");
        assert!(is_host(&label(63)) && !is_host(&label(64)));
        assert!(is_host(&host(61)) && !is_host(&host(62)), "253 characters");
        for bad in
            ["", ".", "a.", ".a", "a..b", "-a", "a-", "a.-b", "a.b-", "A", "a b", "a\u{e9}", "1", "a.1", "a.0x1", "256.0.0.1"]
        {
            assert!(!is_host(bad), "{bad}");
        }
        for good in ["a", "a-b", "a_b", "1a", "a.1b", "0x.a", "127.0.0.1", "[::1]"] {
            assert!(is_host(good), "{good}");
        }
        for bad in ["[::1", "::1", "[::A]", "[127.0.0.1]", "[]"] {
            assert!(!is_host(bad), "{bad}");
        }
    }
}
