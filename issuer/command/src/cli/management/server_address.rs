//! The address of a server.

use std::fmt;

use thiserror::Error;
use url::{Host, Url};

/// The address of a server in normal form: `https`, or `http` to this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct ServerAddress {
    text: String,
    encrypted: bool,
}

/// Why a text is not the address of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(in crate::cli) enum ServerAddressError {
    #[error("a server is an `https` URL such as `https://issuer.example`, without user name, query or fragment")]
    Form,
    #[error(
        "plain `http` would let anyone on the network read the token: use `https`, or give --dangerous-plain-http on a network that you trust"
    )]
    Plain,
}

impl ServerAddress {
    /// Parses an address. Plain `http` is only for this machine, unless `dangerous_plain_http` allows it for any.
    pub(in crate::cli) fn parse(text: &str, dangerous_plain_http: bool) -> Result<Self, ServerAddressError> {
        let url = Url::parse(text).map_err(|_| ServerAddressError::Form)?;
        let bare = url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
        let encrypted = url.scheme() == "https";
        let host = url.host().filter(|_| bare && (encrypted || url.scheme() == "http")).ok_or(ServerAddressError::Form)?;
        if !encrypted && !dangerous_plain_http && !is_loopback(&host) {
            return Err(ServerAddressError::Plain);
        }
        Ok(Self { text: url.as_str().trim_end_matches('/').to_owned(), encrypted })
    }

    /// The address, without a slash at its end.
    pub(in crate::cli) fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the connection is encrypted.
    pub(in crate::cli) const fn is_encrypted(&self) -> bool {
        self.encrypted
    }
}

impl fmt::Display for ServerAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_normalised_and_plain_http_is_only_for_loopback() {
        for (text, form) in [
            ("https://issuer.example", "https://issuer.example"),
            ("https://ISSUER.example:443/", "https://issuer.example"),
            ("https://issuer.example/auth/", "https://issuer.example/auth"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://localhost:8080/", "http://localhost:8080"),
            ("http://[::1]:8080", "http://[::1]:8080"),
        ] {
            let server = ServerAddress::parse(text, false).unwrap();
            assert_eq!((server.as_str(), server.is_encrypted()), (form, text.starts_with("https")));
        }
        for bad in
            ["", "issuer.example", "ftp://issuer.example", "https://u@i.example", "https://i.example?x", "https://i.example#x"]
        {
            assert_eq!(ServerAddress::parse(bad, true), Err(ServerAddressError::Form), "{bad}");
        }
        for plain in ["http://issuer.example", "http://192.0.2.1", "http://localhost.issuer.example"] {
            assert_eq!(ServerAddress::parse(plain, false), Err(ServerAddressError::Plain), "{plain}");
            assert!(ServerAddress::parse(plain, true).is_ok());
        }
    }
}
