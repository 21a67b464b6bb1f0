//! Client domains as users enter them.

use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};
use postern_token::{DomainPattern, DomainPatternError};
use thiserror::Error;

/// The reason why a text is not a valid client domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ClientDomainError {
    /// The host is not a valid internationalised domain name (UTS 46).
    #[error("the host is not a valid internationalised domain name")]
    Idna,
    /// The text has a path, a query, a fragment or user information.
    #[error("a domain ends after its host and port, as in `https://app.example.com`: leave out the slash and what follows it")]
    Extra,
    /// The normalised text is not a valid domain pattern.
    #[error(transparent)]
    Pattern(#[from] DomainPatternError),
}

/// Parses a domain pattern in any case and any script.
///
/// Returns its normal form, the only one that tokens and edges use: lower-case ASCII, with names of other scripts in Punycode.
pub fn parse_client_domain(text: &str) -> Result<DomainPattern<'static>, ClientDomainError> {
    let (scheme, authority) = match text.split_once("://") {
        Some((scheme, authority)) => (format!("{}://", scheme.to_ascii_lowercase()), authority),
        None => (String::new(), text),
    };
    if authority.contains(['/', '?', '#', '@', '\\']) {
        return Err(ClientDomainError::Extra);
    }
    let (wildcard, authority) = match authority.strip_prefix("*.") {
        Some(rest) => ("*.", rest),
        None => ("", authority),
    };
    let (host, port) = match authority.rfind(':') {
        Some(at) if !authority[at..].contains(']') => authority.split_at(at),
        _ => (authority, ""),
    };
    let host = if host.is_ascii() && !host.to_ascii_lowercase().contains("xn--") {
        host.to_ascii_lowercase()
    } else {
        // Names that already are in Punycode are checked too: a name that decodes to something invalid is refused.
        Uts46::new()
            .to_ascii(host.as_bytes(), AsciiDenyList::EMPTY, Hyphens::Allow, DnsLength::Ignore)
            .map_err(|_| ClientDomainError::Idna)?
            .into_owned()
    };
    Ok(DomainPattern::parse(format!("{scheme}{wildcard}{host}{port}"))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_domain_is_normalised() {
        for (typed, expected) in [
            ("example.com", "example.com"),
            ("App.Example.COM", "app.example.com"),
            ("HTTPS://App.Example.com:8443", "https://app.example.com:8443"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("BÜCHER.example", "xn--bcher-kva.example"),
            ("*.bücher.example", "*.xn--bcher-kva.example"),
            ("https://*.例え.テスト:8443", "https://*.xn--r8jz45g.xn--zckzah:8443"),
            ("XN--bcher-kva.example", "xn--bcher-kva.example"),
            ("faß.example", "xn--fa-hia.example"),
            ("[2001:DB8::1]:8443", "[2001:db8::1]:8443"),
            ("192.0.2.1", "192.0.2.1"),
        ] {
            let actual = parse_client_domain(typed);
            assert_eq!(actual.as_ref().map(DomainPattern::as_str), Ok(expected), "`{typed}`");
        }
    }

    #[test]
    fn an_invalid_client_domain_is_refused() {
        for bad in [
            "",
            "*",
            "*.*.example.com",
            "a b.example",
            "ftp://example.com",
            "example.com/",
            "example.com:0",
            "xn--a.example",
            "-a.example",
            "exa\0mple.com",
            "\u{ad}",
            "example.com.",
            "http://user@example.com",
            "1.2.3",
        ] {
            assert!(parse_client_domain(bad).is_err(), "`{bad}`");
        }
    }
}
