//! Where a directory is, and how people are found in it.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use rustls::pki_types::ServerName;
use thiserror::Error;
use url::Url;
use zeroize::Zeroizing;

use super::filter::Filter;

/// How long a directory may take for one sign-in, unless somebody says otherwise.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);

/// The filter that finds a user, unless somebody says otherwise.
pub const DEFAULT_USER_FILTER: &str = "(uid={user})";

/// A directory, and how people are found in it.
#[derive(Debug, Clone)]
pub struct LdapSettings {
    /// Where it is.
    pub server: Server,
    /// The root certificates for its TLS, in PEM; `None` for those of the system.
    pub authorities_file: Option<PathBuf>,
    /// Who searches; `None` where anybody may.
    pub account: Option<Account>,
    /// Below which entry the users are.
    pub base_dn: String,
    /// What finds a user: it asks for `{user}`.
    pub user_filter: Filter,
    /// The attribute of a user whose values are roles.
    pub role_attribute: Option<String>,
    /// Where else roles come from.
    pub groups: Option<Groups>,
    /// How long it may take, all in all.
    pub timeout: Duration,
}

/// Who searches.
#[derive(Clone)]
pub struct Account {
    /// The entry's name.
    pub dn: String,
    /// Its password.
    pub password: Zeroizing<String>,
}

/// The groups that a user may be in. Each is a role.
#[derive(Debug, Clone)]
pub struct Groups {
    /// Below which entry they are.
    pub base_dn: String,
    /// What finds those of a user: it asks for `{dn}` or `{user}`.
    pub filter: Filter,
}

/// Where a directory is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) security: Security,
}

/// What keeps passwords from those on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Security {
    /// TLS from the beginning, with the name that its certificate must hold.
    Tls(ServerName<'static>),
    /// TLS before anything else is said.
    StartTls(ServerName<'static>),
    /// Nothing.
    None,
}

/// Why there is no directory there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ServerError {
    /// It is no URL of a directory.
    #[error("must be `ldaps://HOST` or `ldap://HOST`, with `:PORT` where it is not the usual one, and nothing after it")]
    Url,
    /// TLS inside TLS.
    #[error("is TLS from the beginning with `ldaps://`: remove `start_tls`, or write `ldap://`")]
    StartTls,
    /// Passwords could be read on the way.
    #[error(
        "would send passwords through the network for everybody to read: write `ldaps://`, or set `start_tls = true`; where nobody can listen, `dangerous_plaintext = true`"
    )]
    Plaintext,
}

impl Server {
    /// Reads the URL of a directory. One without TLS must be on this machine, unless somebody says that it need not.
    pub fn parse(url: &str, start_tls: bool, dangerous_plaintext: bool) -> Result<Self, ServerError> {
        let url = Url::parse(url).map_err(|_| ServerError::Url)?;
        let host = url.host_str().unwrap_or_default();
        // An IPv6 address stands in brackets.
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host).to_ascii_lowercase();
        let nothing_more = url.username().is_empty() && url.password().is_none() && matches!(url.path(), "" | "/");
        if host.is_empty() || !nothing_more || url.query().is_some() || url.fragment().is_some() || url.port() == Some(0) {
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

    /// Whether it speaks TLS.
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
    fn where_it_is() {
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
    fn where_it_is_not() {
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
