//! Settings of a directory: its server, and how users and groups are found.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use rustls::pki_types::ServerName;
use thiserror::Error;
use url::Url;
use zeroize::Zeroizing;

use super::filter::Filter;

/// The default timeout of one sign-in.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);

/// The default filter for the search for a user.
pub const DEFAULT_USER_FILTER: &str = "(uid={user})";

/// The settings of a directory.
#[derive(Debug, Clone)]
pub struct LdapSettings {
    /// The server.
    pub server: Server,
    /// A PEM file of root certificates for TLS; `None` for those of the system.
    pub authorities_file: Option<PathBuf>,
    /// The service account that searches; `None` for anonymous searches.
    pub account: Option<Account>,
    /// The DN of the entry below which users are searched.
    pub base_dn: String,
    /// The filter that finds a user. It must hold `{user}` and must not hold `{dn}`.
    pub user_filter: Filter,
    /// The attribute of a user's entry whose values are roles.
    pub role_attribute: Option<String>,
    /// The groups that are roles, in addition to `role_attribute`.
    pub groups: Option<Groups>,
    /// The timeout of one sign-in or look-up, including all of its connections.
    pub timeout: Duration,
}

/// The service account.
#[derive(Clone)]
pub struct Account {
    /// The DN of the account's entry.
    pub dn: String,
    /// The account's password.
    pub password: Zeroizing<String>,
}

/// How a user's groups are found. Each group is a role.
#[derive(Debug, Clone)]
pub struct Groups {
    /// The DN of the entry below which groups are searched.
    pub base_dn: String,
    /// The filter that finds a user's groups. It must hold `{dn}` or `{user}`.
    pub filter: Filter,
}

/// The server of a directory: host, port and transport security.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) security: Security,
}

/// The transport security of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Security {
    /// TLS from the start of the connection (`ldaps`), with the name that the certificate must hold.
    Tls(ServerName<'static>),
    /// TLS after `StartTLS`, before any other message, with the name that the certificate must hold.
    StartTls(ServerName<'static>),
    /// No encryption.
    None,
}

/// The reason why a server's settings are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ServerError {
    /// The URL is not of the form `ldaps://HOST[:PORT]` or `ldap://HOST[:PORT]`.
    #[error("must be `ldaps://HOST` or `ldap://HOST`, with `:PORT` unless the port is 636 or 389, and nothing after it")]
    Url,
    /// `start_tls` is set for an `ldaps` URL.
    #[error("already uses TLS with `ldaps://`: remove `start_tls`, or write `ldap://`")]
    StartTls,
    /// Passwords would cross the network unencrypted.
    #[error(
        "would send passwords unencrypted over the network: write `ldaps://`, or set `start_tls = true`; on a network that you trust, set `dangerous_plaintext = true`"
    )]
    Plaintext,
}

impl Server {
    /// Parses the URL of a directory. Without TLS, the host must be a loopback host, unless `dangerous_plaintext` is set.
    pub fn parse(url: &str, start_tls: bool, dangerous_plaintext: bool) -> Result<Self, ServerError> {
        let url = Url::parse(url).map_err(|_| ServerError::Url)?;
        let host = url.host_str().unwrap_or_default();
        // An IPv6 address is in brackets.
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host).to_ascii_lowercase();
        let only_host_and_port = url.username().is_empty() && url.password().is_none() && matches!(url.path(), "" | "/");
        if host.is_empty() || !only_host_and_port || url.query().is_some() || url.fragment().is_some() || url.port() == Some(0) {
            return Err(ServerError::Url);
        }
        let name = ServerName::try_from(host.clone()).map_err(|_| ServerError::Url)?;
        let loopback = host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback());
        let (port, security) = match (url.scheme(), start_tls) {
            ("ldaps", true) => return Err(ServerError::StartTls),
            ("ldaps", false) => (636, Security::Tls(name)),
            ("ldap", true) => (389, Security::StartTls(name)),
            ("ldap", false) if loopback || dangerous_plaintext => (389, Security::None),
            ("ldap", false) => return Err(ServerError::Plaintext),
            _ => return Err(ServerError::Url),
        };
        Ok(Self { host, port: url.port().unwrap_or(port), security })
    }

    /// Whether connections to the server are encrypted.
    pub fn has_tls(&self) -> bool {
        self.security != Security::None
    }
}

impl fmt::Display for Server {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if matches!(self.security, Security::Tls(_)) { "ldaps" } else { "ldap" };
        let (open, close) = if self.host.contains(':') { ("[", "]") } else { ("", "") };
        write!(formatter, "{scheme}://{open}{}{close}:{}", self.host, self.port)
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Account").field("dn", &self.dn).field("password", &"…").finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_url_is_parsed() {
        for (url, start_tls, shown) in [
            ("ldaps://ldap.example", false, "ldaps://ldap.example:636"),
            ("ldaps://LDAP.example:7636/", false, "ldaps://ldap.example:7636"),
            ("ldap://ldap.example", true, "ldap://ldap.example:389"),
            ("ldap://127.0.0.1:7", false, "ldap://127.0.0.1:7"),
            ("ldap://localhost", false, "ldap://localhost:389"),
            ("ldap://[::1]", false, "ldap://[::1]:389"),
            ("ldaps://[2001:db8::1]", false, "ldaps://[2001:db8::1]:636"),
        ] {
            assert_eq!(Server::parse(url, start_tls, false).unwrap().to_string(), shown);
        }
        assert!(!Server::parse("ldap://ldap.example", false, true).unwrap().has_tls());
        assert!(Server::parse("ldap://ldap.example", true, true).unwrap().has_tls());
    }

    #[test]
    fn an_invalid_or_unencrypted_server_url_is_refused() {
        for (url, start_tls, expected) in [
            ("ldap.example", false, ServerError::Url),
            ("https://ldap.example", false, ServerError::Url),
            ("ldapi:///run/ldapi", false, ServerError::Url),
            ("ldaps://", false, ServerError::Url),
            ("ldaps://user@ldap.example", false, ServerError::Url),
            ("ldaps://ldap.example/dc=example", false, ServerError::Url),
            ("ldaps://ldap.example?cn", false, ServerError::Url),
            ("ldaps://ldap.example:0", false, ServerError::Url),
            ("ldaps://a_b c", false, ServerError::Url),
            ("ldaps://ldap.example", true, ServerError::StartTls),
            ("ldap://ldap.example", false, ServerError::Plaintext),
            ("ldap://localhost.example", false, ServerError::Plaintext),
            ("ldap://128.0.0.1", false, ServerError::Plaintext),
        ] {
            assert_eq!(Server::parse(url, start_tls, false).err(), Some(expected), "{url}");
        }
    }
}
